/* A disk that fails, for one process that is started with this library before all others (LD_PRELOAD).
   The file that FAULT_FILE names says how: "f" full, "r" read-only, "s" what was written cannot be made
   to last. It changes nothing while that file is empty or not there, and nothing but writing to files. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char fault(void) {
    const char *path = getenv("FAULT_FILE");
    char how = 0;
    int saved = errno, file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        if (read(file, &how, 1) != 1) how = 0;
        close(file);
    }
    errno = saved;
    return how;
}

static int is_file(int fd) {
    struct stat about;
    return fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

static int cannot_write(int fd) {
    char how = fault();
    if ((how != 'f' && how != 'r') || !is_file(fd)) return 0;
    errno = how == 'f' ? ENOSPC : EROFS;
    return 1;
}

static int cannot_sync(void) {
    if (fault() != 's') return 0;
    errno = EIO;
    return 1;
}

#define NEXT(name) (next ? next : (next = dlsym(RTLD_NEXT, name)))

ssize_t write(int fd, const void *bytes, size_t count) {
    static ssize_t (*next)(int, const void *, size_t);
    return cannot_write(fd) ? -1 : NEXT("write")(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    static ssize_t (*next)(int, const void *, size_t, off_t);
    return cannot_write(fd) ? -1 : NEXT("pwrite")(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    static ssize_t (*next)(int, const void *, size_t, off64_t);
    return cannot_write(fd) ? -1 : NEXT("pwrite64")(fd, bytes, count, at);
}

int ftruncate64(int fd, off64_t length) {
    static int (*next)(int, off64_t);
    return cannot_write(fd) ? -1 : NEXT("ftruncate64")(fd, length);
}

int fsync(int fd) {
    static int (*next)(int);
    return cannot_sync() ? -1 : NEXT("fsync")(fd);
}

int fdatasync(int fd) {
    static int (*next)(int);
    return cannot_sync() ? -1 : NEXT("fdatasync")(fd);
}
