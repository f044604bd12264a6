"""Reads a callgrind file, and charges what the runtimes cost to the function of ours that called them.

usage: attribute.py FILE TRANSITIONS [ROWS]

A profile by function says that a third is swift_retain and malloc, which helps nobody; one by inclusive cost is of no
use in async code, where a function "calls" whatever its task does next. So: each function of the program is charged its
own instructions and those of the runtime functions that it called, and these are told apart by kind. What a release
frees is charged to whoever released, and once more to the deinitialiser, so the sums are above the total. Columns are instructions a transition.
"""
import re
import subprocess
import sys
from collections import defaultdict

KINDS = [
    ("metadata", re.compile(
        r"[gG]etGenericMetadata|metadata accessor|getWitnessTable|getAssociated|AssociatedConformance|conformsToProtocol|MetadataState"
        r"|getTypeByMangledName|ConcreteType|metadata accessor|swift_getTupleType|getExistential|getSingletonMetadata"
        r"|swift_getMetatype|getFunctionType|checkMetadata|OpaqueTypeConformance|instantiateConcrete")),
    ("casts", re.compile(r"ynamicCast|tryCast|isClassOrObjC")),
    ("arc", re.compile(r"swift_(retain|release|bridgeObject|unknownObject|isUnique|setDealloc|unowned|weak)")),
    ("memory", re.compile(r"malloc|swift_(alloc|dealloc|slow|initStack|bufferAlloc|arrayInit|arrayDestroy|arrayAssign)|^free|calloc|realloc|memmove|memcpy|memset")),
    ("tasks", re.compile(r"swift_task|swift_job|swift_continuation|AsyncTask|dispatch_|swift_getCurrent|withStatusRecord|swift_asyncLet")),
    ("locks", re.compile(r"pthread_|lll_lock|futex")),
    ("copies", re.compile(r"initializeWithCopy|outlined|destroy |assignWith|witness|getEnumTag|initializeWithTake")),
]
# These run other code to their end; what they cost is not theirs.
DRIVERS = re.compile(
    r"swift_job_run|runJob|swift_task_switch|dispatch_(worker|async_redirect|continuation_pop|client_callout|root|lane|mgr)"
    r"|__swift_run_job|jobInvoke|start_thread|pthread_create|^main|libc_start|_start$|below main|dl_|_dl|clone|swift_task_create"
    r"|swift_continuation_|thunk for @escaping @isolated|specialized thunk|swift_task_future|enqueue")


def parse(path):
    names, objects, own = {}, {}, defaultdict(int)
    calls = defaultdict(int)  # (caller, callee) -> instructions
    where = {}

    def name(text, table):
        match = re.match(r"\((\d+)\)(?: (.*))?$", text)
        if not match: return text
        if match[2]: table[match[1]] = match[2]
        return table[match[1]]

    current = callee = obj = callee_obj = None
    with open(path) as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line.startswith("ob="): obj = name(line[3:], objects)
            elif line.startswith("cob="): callee_obj = name(line[4:], objects)
            elif line.startswith("fn="):
                current = plain(name(line[3:], names))
                where[current] = obj
                callee_obj = None
            elif line.startswith("cfn="):
                callee = plain(name(line[4:], names))
                where.setdefault(callee, callee_obj or obj)
            elif line.startswith("calls="):
                cost = int(next(lines).split()[1])
                if current != callee: calls[current, callee] += cost
                callee_obj = None
            elif line and (line[0].isdigit() or line[0] in "+-*"):
                parts = line.split()
                if len(parts) > 1 and current: own[current] += int(parts[1])
    return own, calls, where


def plain(name): return re.sub(r"'\d+$", "", name)


def demangled(names):
    text = "\n".join(names)
    out = subprocess.run(["swift", "demangle", "-simplified"], input=text, capture_output=True, text=True).stdout
    return dict(zip(names, out.splitlines()))


def main():
    path, transitions = sys.argv[1], int(sys.argv[2])
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 25
    own, calls, where = parse(path)
    pretty = demangled(sorted(set(own) | {callee for _, callee in calls}))
    program = {name for name in own if not re.search(r"\.so", where.get(name) or "")}
    # Copy functions of values and the like are the compiler's: charged to their callers, as the runtime is.
    helpers = {name for name in program if re.match(
        r"(initializeWith|assignWith|destroy for|outlined|protocol witness|reabstraction|getEnumTag|metadata|"
        r"type metadata|generic specialization|__swift|swift_|lazy protocol|value witness|partial apply)", pretty[name])
        and not re.match(r"protocol witness for .*(StageWork|Handler|Broker|StagePolicy|RunObserver|RunTicket)", pretty[name])}
    ours = program - helpers
    total = sum(own.values())
    table = defaultdict(lambda: defaultdict(int))
    for name in ours: table[pretty[name]]["self"] += own[name]
    for (caller, callee), cost in calls.items():
        if caller not in ours or callee in ours or DRIVERS.search(pretty[callee]): continue
        if cost > total / 2: continue  # ran somebody else's code to its end
        kind = next((kind for kind, pattern in KINDS if pattern.search(pretty[callee])), "other")
        table[pretty[caller]][kind] += cost
    columns = ["self"] + [kind for kind, _ in KINDS] + ["other"]
    print(f"{total / transitions:,.0f} instructions a transition; {total:,} in all, start-up included\n")
    print(f"{'self':>8}  function, its own instructions alone")
    flat = defaultdict(int)
    for name, cost in own.items(): flat[pretty[name]] += cost
    for function, cost in sorted(flat.items(), key=lambda row: -row[1])[:rows]:
        print(f"{cost / transitions:8.0f}  {function[:130]}")
    print()
    print(f"{'total':>8} " + " ".join(f"{column:>8}" for column in columns) + "  function")
    lines = sorted(table.items(), key=lambda row: -sum(row[1].values()))
    for function, costs in lines[:rows]:
        cells = " ".join(f"{costs[column] / transitions:8.0f}" for column in columns)
        print(f"{sum(costs.values()) / transitions:8.0f} {cells}  {function[:110]}")
    sums = {column: sum(costs[column] for _, costs in lines) for column in columns}
    print(f"{sum(sums.values()) / transitions:8.0f} " + " ".join(f"{sums[c] / transitions:8.0f}" for c in columns) + "  all of them")


main()
