#include "CMemory.h"

// Swift's Glibc module leaves malloc.h out; that is all this target is for.
#include <stddef.h>

#ifdef __GLIBC__
#include <malloc.h>

size_t bytes_allocated(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}
#else
size_t bytes_allocated(void) { return 0; }
#endif
