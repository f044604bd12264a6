"""tadween-core's SqliteRepo: the work of `tadween-bench repository`, measured in the same way.

usage: sqlite_repo.py [FOLDER] [ITEMS]      a temporary folder and 10000 by default

Artifacts of a root with two columns and two parts of 10 000 bytes each, which go to msgpack, the library's default. Saved
one by one, and in transactions of 100; then the roots are loaded without parts, and single parts; then 100 of ten times
as many are found by a column. Prints one line of JSON.
"""
import json
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from importlib.metadata import version

from tadween_core.repo.sqlite import SqliteRepo
from tadween_core.types.artifact import ArtifactPart, BaseArtifact, RootModel

PART = 10_000


class Root(RootModel):
    status: str = "new"
    rank: int = 0


class Words(ArtifactPart):
    text: bytes


class Speakers(ArtifactPart):
    text: bytes


class Recording(BaseArtifact):
    root: Root
    words: Words
    speakers: Speakers


def timed(body):
    start = time.perf_counter()
    result = body()
    return time.perf_counter() - start, result


def save(repo, artifacts, include, transaction):
    for start in range(0, len(artifacts), transaction):
        batch = artifacts[start:start + transaction]
        repo.save_many(batch, include if include in ("all", None) else [include] * len(batch))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
    items = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    path = os.path.join(folder, "tadween-core.sqlite")

    def fresh():
        for ending in ("", "-wal", "-shm"):
            if os.path.exists(path + ending): os.remove(path + ending)
        return SqliteRepo(path, Recording)

    text = bytes(index % 251 for index in range(PART))
    artifacts = [Recording(root=Root(id=f"recording-{n:06}", status="done" if n % 2 else "new", rank=n),
                           words=Words(text=text), speakers=Speakers(text=text)) for n in range(items)]
    repo = fresh()
    ones_s, _ = timed(lambda: save(repo, artifacts, "all", 1))
    repo = fresh()
    hundreds_s, _ = timed(lambda: save(repo, artifacts, "all", 100))
    ids = [artifact.id for artifact in artifacts]
    loads = []
    for _ in range(5):
        seconds, roots = timed(lambda: repo.load_many(ids))
        assert len(roots) == items and all(root is not None and root.words is None for root in roots.values())
        loads.append(seconds)

    single = []
    for n in range(0, items, max(items // 500, 1)):
        seconds, part = timed(lambda: repo.load_part(ids[n], "words"))
        assert part.text == text
        single.append(seconds)

    more = [Recording(root=Root(id=f"other-{n:06}", rank=n + items)) for n in range(9 * items)]
    save(repo, more, None, 100)
    finds = []
    for _ in range(5):
        seconds, found = timed(lambda: repo.filter({"rank": (10 * items - 100, "ge")}))
        assert len(found) == 100
        finds.append(seconds)

    with sqlite3.connect(path) as connection:
        journal = connection.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    print(json.dumps({
        "library": "tadween-core", "version": version("tadween-core"), "items": items,
        "journal": journal, "synchronous": ["off", "normal", "full", "extra"][synchronous],
        "save_ones_s": round(ones_s, 3), "save_hundreds_s": round(hundreds_s, 3),
        "roots_s": round(statistics.median(loads), 4), "filter_ms": round(statistics.median(finds) * 1e3, 3),
        "part_us": round(statistics.median(single) * 1e6, 1)}))
    if len(sys.argv) == 1: shutil.rmtree(folder)


main()
