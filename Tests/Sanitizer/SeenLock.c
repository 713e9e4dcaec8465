#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "SeenLock.h"

// Swift's Mutex takes a free lock by code that is compiled with us, and so seen by the thread
// sanitizer, and waits for a taken one in the standard library, which the sanitizer does not see: to
// it, whoever waited holds no lock, and what it touches is a race. In a build for the sanitizer this
// function takes that one's place (the linker prefers the program's own), and waits where it is
// seen. It sets no mark of a waiter, so that unlocking stays in our code as well.
//
// Synchronization._MutexHandle._lockSlow(UInt32)
#define SELF __attribute__((swift_context))
__attribute__((swiftcall)) void holdfast_lock_slow(uint32_t thread, SELF _Atomic(uint32_t) *lock)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

__attribute__((swiftcall)) void holdfast_lock_slow(uint32_t thread, SELF _Atomic(uint32_t) *lock) {
    uint32_t free = 0;
    while (!atomic_compare_exchange_weak_explicit(
        lock, &free, thread, memory_order_acquire, memory_order_relaxed)) {
        free = 0;
        sched_yield();
    }
}
