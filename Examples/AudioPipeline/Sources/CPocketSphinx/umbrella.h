// `err.h` first: the recogniser's own header leaves it out, and `err_set_logfp` is what silences its log.
#include <sphinxbase/err.h>
#include <pocketsphinx.h>
