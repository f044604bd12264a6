#pragma once

#include <stddef.h>

/// The bytes that malloc has handed out and not got back, on whatever thread; 0 where the C library does not say.
size_t bytes_allocated(void);
