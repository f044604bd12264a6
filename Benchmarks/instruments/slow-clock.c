// A clock that runs slower by the factor SLOW_CLOCK, to be preloaded into a program under valgrind: valgrind makes a
// program some fifty times slower, and what it decides by time (is this handler quick? is this batch late?) would then
// be decided otherwise, and other code would be counted than runs in earnest.
//
//   cc -O1 -shared -fPIC -o slow-clock.so slow-clock.c -ldl
//   SLOW_CLOCK=50 LD_PRELOAD=./slow-clock.so valgrind …
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>

#define CLOCKS 16
#define FILES 1024
#define SECOND INT64_C(1000000000)

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_timerfd_create)(int, int);
static int (*real_timerfd_settime)(int, int, const struct itimerspec *, struct itimerspec *);
static int64_t factor = 1;
static int64_t start[CLOCKS];
static clockid_t clock_of[FILES];

static int64_t nanoseconds(struct timespec time) { return time.tv_sec * SECOND + time.tv_nsec; }
static struct timespec timespec(int64_t time) { return (struct timespec){time / SECOND, time % SECOND}; }

__attribute__((constructor)) static void prepare(void) {
  real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  real_timerfd_create = dlsym(RTLD_NEXT, "timerfd_create");
  real_timerfd_settime = dlsym(RTLD_NEXT, "timerfd_settime");
  const char *value = getenv("SLOW_CLOCK");
  if (value && atoll(value) > 0) factor = atoll(value);
  for (clockid_t clock = 0; clock < CLOCKS; clock++) {
    struct timespec now;
    if (real_clock_gettime(clock, &now) == 0) start[clock] = nanoseconds(now);
  }
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (!real_clock_gettime) prepare();
  int result = real_clock_gettime(clock, now);
  if (result == 0 && clock >= 0 && clock < CLOCKS)
    *now = timespec(start[clock] + (nanoseconds(*now) - start[clock]) / factor);
  return result;
}

int timerfd_create(int clock, int flags) {
  int file = real_timerfd_create(clock, flags);
  if (file >= 0 && file < FILES) clock_of[file] = clock;
  return file;
}

int timerfd_settime(int file, int flags, const struct itimerspec *new, struct itimerspec *old) {
  struct itimerspec scaled = *new;
  int64_t value = nanoseconds(new->it_value);
  int64_t base = (flags & TFD_TIMER_ABSTIME) && file < FILES ? start[clock_of[file]] : 0;
  if (value != 0) scaled.it_value = timespec(base + (value - base > 0 ? value - base : 1) * factor);
  scaled.it_interval = timespec(nanoseconds(new->it_interval) * factor);
  return real_timerfd_settime(file, flags, &scaled, old);
}
