/* Loaded before libc by a test: once the file named by FAULT_WHEN exists, the process is killed as it begins to
 * write to a file whose name ends in FAULT_NAME. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at)
{
    ssize_t (*real)(int, const void *, size_t, off64_t) =
        (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    const char *when = getenv("FAULT_WHEN"), *name = getenv("FAULT_NAME");
    char link[64], path[4096];
    ssize_t length;

    if (when && name && access(when, F_OK) == 0) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        length = readlink(link, path, sizeof path - 1);
        if (length >= (ssize_t)strlen(name)) {
            path[length] = 0;
            if (strcmp(path + length - strlen(name), name) == 0)
                raise(SIGKILL);
        }
    }
    return real(fd, bytes, count, at);
}
