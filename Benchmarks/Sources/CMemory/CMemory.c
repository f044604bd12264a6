#include "CMemory.h"

// Before anything is asked about the C library: it says which one it is.
#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#include <stdio.h>
#include <string.h>

// The size that the last element of this kind says: the books of all arenas end with their sums.
static size_t last_size(const char *text, const char *element) {
  const char *found = NULL;
  for (const char *next = text; (next = strstr(next, element)) != NULL; next++) found = next;
  const char *size = found == NULL ? NULL : strstr(found, "size=\"");
  return size == NULL ? 0 : (size_t)strtoull(size + 6, NULL, 10);
}

// Swift's Glibc module leaves malloc.h out; that is all this target is for. mallinfo2 would tell of the first arena alone.
size_t bytes_allocated(void) {
  char *text = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  if (stream == NULL) return 0;
  malloc_info(0, stream);
  fclose(stream);
  size_t used = last_size(text, "<system type=\"current\"") + last_size(text, "<total type=\"mmap\"") -
                last_size(text, "<total type=\"fast\"") - last_size(text, "<total type=\"rest\"");
  free(text);
  return used;
}
#else
size_t bytes_allocated(void) { return 0; }
#endif
