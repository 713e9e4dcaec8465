#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer's main loop (llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a library"): calls back
/// with input after input until the time that the arguments give is over, or one of them fails.
int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*_Nonnull one)(const uint8_t *_Nullable bytes, size_t count));
