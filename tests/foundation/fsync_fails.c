/* Loaded before libc by a test: once the file named by FAULT_WHEN exists, fsync of a file whose name ends
 * in FAULT_NAME fails with EIO, as on a dying disk. Everything else goes through. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fails(int fd)
{
    const char *when = getenv("FAULT_WHEN"), *name = getenv("FAULT_NAME");
    char link[64], path[4096];
    ssize_t length;

    if (!when || !name || access(when, F_OK) != 0)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length < (ssize_t)strlen(name))
        return 0;
    path[length] = 0;
    return strcmp(path + length - strlen(name), name) == 0;
}

static int sync_with(const char *function, int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, function);

    if (fails(fd)) {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

int fsync(int fd) { return sync_with("fsync", fd); }
int fdatasync(int fd) { return sync_with("fdatasync", fd); }
