#pragma once

#include <stddef.h>

/// The bytes that malloc has handed out and not got back; 0 where the C library does not say.
size_t bytes_allocated(void);

// The same for the arenas of all threads.
size_t bytes_allocated_everywhere(void);
