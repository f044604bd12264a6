#include "CMemory.h"

// Swift's Glibc module leaves malloc.h out; that is all this target is for.
#include <stddef.h>

#ifdef __GLIBC__
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The last number of an element's attribute: the books of all arenas end with their sums.
static size_t last_size(const char *text, const char *element) {
  const char *found = NULL, *next = text;
  while ((next = strstr(next, element)) != NULL) found = next++;
  if (found == NULL) return 0;
  const char *size = strstr(found, "size=\"");
  return size == NULL ? 0 : (size_t)strtoull(size + 6, NULL, 10);
}

size_t bytes_allocated_everywhere(void) {
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

size_t bytes_allocated(void) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}
#else
size_t bytes_allocated(void) { return 0; }
size_t bytes_allocated_everywhere(void) { return 0; }
#endif
