/* A failing device and a clock that is set, for a process that is started with this preloaded.
 *
 * While the file named by HOLDFAST_FAULTS is there, calls on files whose path ends with a word (or
 * holds it, where it has a star at its end) fail, as its one line says:
 *
 *     write 5 3 -1 ledger.db*      pwrite fails with errno 5 (EIO), from the 3rd call on
 *     sync 5 1 1 ledger.db-wal     one fsync or fdatasync of the log fails
 *     short 28 1 -1 ledger.db-wal  pwrite writes half, and the next one fails with ENOSPC
 *     delay 2000 1 -1 ledger.db*   fsync and fdatasync take 2,000 ms, or until the file is gone
 *     kill 0 7 1 ledger.db*        the process is killed in place of the 7th of all these calls
 *     tear 0 7 1 ledger.db*        the same, but a pwrite writes half before
 *
 * A call is counted since the line was last changed. CLOCK_REALTIME is moved by the seconds in the
 * file named by HOLDFAST_CLOCK, while that is there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char known[256];
static long count;
static int half_done;

/* Reads a small file by system calls only; its length, or -1. */
static long read_file(const char *path, char *text, size_t size) {
    long file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    long length = syscall(SYS_read, file, text, size - 1);
    syscall(SYS_close, file);
    if (length >= 0) text[length] = 0;
    return length;
}

enum { PASS = 0, FAIL, HALF, DELAY, KILL, TEAR };

/* What is to become of a call; the errno or the milliseconds in `value`. */
static int verdict(int is_sync, int descriptor, int *value) {
    const char *control = getenv("HOLDFAST_FAULTS");
    char line[256], kind[16], word[128], link[64], path[512];
    int first, last;
    if (control == NULL || read_file(control, line, sizeof line) <= 0) return PASS;
    if (sscanf(line, "%15s %d %d %d %127s", kind, value, &first, &last, word) != 5) return PASS;
    int is_short = strcmp(kind, "short") == 0, is_delay = strcmp(kind, "delay") == 0;
    int is_kill = strcmp(kind, "kill") == 0, is_tear = strcmp(kind, "tear") == 0;
    int is_meant = is_kill || is_tear
                || (is_sync ? is_delay || strcmp(kind, "sync") == 0
                            : is_short || strcmp(kind, "write") == 0);
    if (!is_meant) return PASS;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return PASS;
    path[length] = 0;
    size_t letters = strlen(word);
    if (word[letters - 1] == '*') {
        word[letters - 1] = 0;
        if (strstr(path, word) == NULL) return PASS;
    } else if ((size_t)length < letters || strcmp(path + length - letters, word) != 0) {
        return PASS;
    }
    int result = PASS;
    pthread_mutex_lock(&lock);
    if (strcmp(known, line) != 0) {
        strcpy(known, line);
        count = 0;
        half_done = 0;
    }
    count++;
    if (count >= first && (last < 0 || count < first + last)) {
        result = is_delay ? DELAY : is_kill ? KILL : is_tear ? TEAR : FAIL;
        if (is_short) {
            half_done = !half_done;
            if (half_done) result = HALF;
        }
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static void die(void) { syscall(SYS_kill, syscall(SYS_getpid), SIGKILL); }

static ssize_t write_at(int descriptor, const void *bytes, size_t size, off64_t offset) {
    int value = 0;
    switch (verdict(0, descriptor, &value)) {
    case FAIL: errno = value; return -1;
    case HALF: if (size > 1) size /= 2; break;
    case TEAR: syscall(SYS_pwrite64, descriptor, bytes, size / 2, offset); die(); break;
    case KILL: die(); break;
    default: break;
    }
    return syscall(SYS_pwrite64, descriptor, bytes, size, offset);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset) {
    return write_at(descriptor, bytes, size, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t offset) {
    return write_at(descriptor, bytes, size, offset);
}

static int flush(int descriptor, long call) {
    int value = 0;
    switch (verdict(1, descriptor, &value)) {
    case FAIL: errno = value; return -1;
    case DELAY:
        for (; value > 0 && access(getenv("HOLDFAST_FAULTS"), F_OK) == 0; value -= 20) usleep(20000);
        break;
    case TEAR:
    case KILL: die(); break;
    default: break;
    }
    return (int)syscall(call, descriptor);
}

int fsync(int descriptor) { return flush(descriptor, SYS_fsync); }

int fdatasync(int descriptor) { return flush(descriptor, SYS_fdatasync); }

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    char text[64];
    if (result != 0 || clock != CLOCK_REALTIME) return result;
    const char *control = getenv("HOLDFAST_CLOCK");
    if (control != NULL && read_file(control, text, sizeof text) > 0) time->tv_sec += atol(text);
    return 0;
}
