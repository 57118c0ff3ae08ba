/* Writes down, in its order, what one process asks of its disk and what it says to others, for a program
   that is started with this library before all others (LD_PRELOAD). TAPE_FILE is where, TAPE_ROOT the folder
   that matters. It changes nothing of what is asked but its speed: one thing is done at a time. The
   index of SQLite's write-ahead log ("-shm") is left out, since it is made anew after a cut. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int tape = -1;
static char root[PATH_MAX];

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("TAPE_FILE"), *folder = getenv("TAPE_ROOT");
    if (!file || !folder || !realpath(folder, root)) return;
    tape = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

#define NEXT(name) (next ? next : (next = dlsym(RTLD_NEXT, name)))

/* One entry: what, how long its path and its bytes are, where in the file; then both. */
static void put(char what, const char *path, uint64_t at, const struct iovec *parts, int count, size_t most) {
    struct { uint8_t what, unused[3]; uint32_t path; uint64_t at, bytes; } head = {0};
    size_t bytes = 0;
    for (int i = 0; i < count; i++) bytes += parts[i].iov_len;
    if (bytes > most) bytes = most;
    head.what = (uint8_t)what;
    head.path = (uint32_t)strlen(path);
    head.at = at;
    head.bytes = bytes;
    size_t length = sizeof head + head.path + bytes, filled = sizeof head + head.path;
    char *entry = malloc(length);
    if (!entry) abort();
    memcpy(entry, &head, sizeof head);
    memcpy(entry + sizeof head, path, head.path);
    for (int i = 0; i < count && filled < length; i++) {
        size_t part = parts[i].iov_len < length - filled ? parts[i].iov_len : length - filled;
        memcpy(entry + filled, parts[i].iov_base, part);
        filled += part;
    }
    /* A tape that is not whole would prove nothing. */
    if (syscall(SYS_write, tape, entry, length) != (long)length) abort();
    free(entry);
}

static void note(char what, const char *path, uint64_t at) { put(what, path, at, NULL, 0, 0); }

static int matters(const char *path) {
    size_t length = strlen(root), whole = strlen(path);
    if (strncmp(path, root, length) || (path[length] != '/' && path[length] != 0)) return 0;
    return whole < 4 || strcmp(path + whole - 4, "-shm");
}

/* Where an open file is now; empty if it does not matter, "socket:" and the like if it is no file. */
static const char *place_of(int fd, char *path) {
    char link[64];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
    errno = saved;
    return path;
}

static int is_ours(int fd, char *path) { return tape >= 0 && matters(place_of(fd, path)); }

/* The whole path of one that need not exist. */
static int is_our_path(int folder, const char *path, char *whole) {
    char parent[PATH_MAX], *last;
    if (tape < 0) return 0;
    if (path[0] == '/') snprintf(parent, sizeof parent, "%s", path);
    else if (folder == AT_FDCWD) {
        if (!getcwd(whole, PATH_MAX)) return 0;
        snprintf(parent, sizeof parent, "%s/%s", whole, path);
    } else {
        place_of(folder, whole);
        snprintf(parent, sizeof parent, "%s/%s", whole, path);
    }
    last = strrchr(parent, '/');
    if (!last || last == parent || !last[1]) return 0;
    *last = 0;
    if (!realpath(parent, whole)) return 0;
    strncat(whole, "/", PATH_MAX - strlen(whole) - 1);
    strncat(whole, last + 1, PATH_MAX - strlen(whole) - 1);
    return matters(whole);
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    if (!(flags & (O_CREAT | O_TRUNC)) || !is_our_path(folder, path, whole))
        return (int)syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&turn);
    int was = syscall(SYS_faccessat, AT_FDCWD, whole, F_OK) == 0;
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    int saved = errno;
    if (fd >= 0 && !was) note('C', whole, 0);
    if (fd >= 0 && was && (flags & O_TRUNC)) note('T', whole, 0);
    pthread_mutex_unlock(&turn);
    errno = saved;
    return fd;
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }

/* A file that matters is written: what really was, is on the tape. */
#define WRITTEN(call, where, parts, count) \
    pthread_mutex_lock(&turn); \
    ssize_t done = (call); \
    int saved = errno; \
    if (done > 0) put('W', path, (uint64_t)(where), parts, count, (size_t)done); \
    pthread_mutex_unlock(&turn); \
    errno = saved; \
    return done;

/* Whoever hears it may rely on it, so it is on the tape before it is said. */
#define SAID(call, parts, count) \
    pthread_mutex_lock(&turn); \
    put('N', "", (uint64_t)fd, parts, count, SIZE_MAX); \
    ssize_t done = (call); \
    pthread_mutex_unlock(&turn); \
    return done;

static int speaks(int fd, char *path) {
    if (tape < 0 || fd == tape) return 0;
    place_of(fd, path);
    return !strncmp(path, "socket:", 7) || !strncmp(path, "pipe:", 5);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    static ssize_t (*next)(int, const void *, size_t);
    char path[PATH_MAX];
    struct iovec part = {(void *)bytes, count};
    NEXT("write");
    if (is_ours(fd, path)) { WRITTEN(next(fd, bytes, count), lseek(fd, 0, SEEK_CUR) - done, &part, 1) }
    if (speaks(fd, path)) { SAID(next(fd, bytes, count), &part, 1) }
    return next(fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    static ssize_t (*next)(int, const struct iovec *, int);
    char path[PATH_MAX];
    NEXT("writev");
    if (is_ours(fd, path)) { WRITTEN(next(fd, parts, count), lseek(fd, 0, SEEK_CUR) - done, parts, count) }
    if (speaks(fd, path)) { SAID(next(fd, parts, count), parts, count) }
    return next(fd, parts, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    static ssize_t (*next)(int, const void *, size_t, off64_t);
    char path[PATH_MAX];
    struct iovec part = {(void *)bytes, count};
    NEXT("pwrite64");
    if (!is_ours(fd, path)) return next(fd, bytes, count, at);
    WRITTEN(next(fd, bytes, count, at), at, &part, 1)
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
    static ssize_t (*next)(int, const void *, size_t, int);
    struct iovec part = {(void *)bytes, count};
    NEXT("send");
    if (tape < 0) return next(fd, bytes, count, flags);
    SAID(next(fd, bytes, count, flags), &part, 1)
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    static ssize_t (*next)(int, const struct msghdr *, int);
    NEXT("sendmsg");
    if (tape < 0) return next(fd, message, flags);
    SAID(next(fd, message, flags), message->msg_iov, (int)message->msg_iovlen)
}

int ftruncate64(int fd, off64_t length) {
    static int (*next)(int, off64_t);
    char path[PATH_MAX];
    NEXT("ftruncate64");
    if (!is_ours(fd, path)) return next(fd, length);
    pthread_mutex_lock(&turn);
    int failed = next(fd, length), saved = errno;
    if (!failed) note('T', path, (uint64_t)length);
    pthread_mutex_unlock(&turn);
    errno = saved;
    return failed;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int synced(int (*next)(int), int fd) {
    char path[PATH_MAX];
    if (!is_ours(fd, path)) return next(fd);
    pthread_mutex_lock(&turn);
    int failed = next(fd), saved = errno;
    if (!failed) note('S', path, 0);
    pthread_mutex_unlock(&turn);
    errno = saved;
    return failed;
}

int fsync(int fd) {
    static int (*next)(int);
    return synced(NEXT("fsync"), fd);
}

int fdatasync(int fd) {
    static int (*next)(int);
    return synced(NEXT("fdatasync"), fd);
}

static int removed(int folder, const char *path, int flags) {
    char whole[PATH_MAX];
    if (!is_our_path(folder, path, whole)) return (int)syscall(SYS_unlinkat, folder, path, flags);
    pthread_mutex_lock(&turn);
    int failed = (int)syscall(SYS_unlinkat, folder, path, flags), saved = errno;
    if (!failed) note('U', whole, 0);
    pthread_mutex_unlock(&turn);
    errno = saved;
    return failed;
}

int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return removed(folder, path, flags); }
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdir(const char *path, mode_t mode) {
    char whole[PATH_MAX];
    if (!is_our_path(AT_FDCWD, path, whole)) return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    pthread_mutex_lock(&turn);
    int failed = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode), saved = errno;
    if (!failed) note('D', whole, 0);
    pthread_mutex_unlock(&turn);
    errno = saved;
    return failed;
}

int rename(const char *from, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    int is_old = is_our_path(AT_FDCWD, from, old), is_new = is_our_path(AT_FDCWD, to, new);
    if (!is_old && !is_new) return (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    pthread_mutex_lock(&turn);
    int failed = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to), saved = errno;
    struct iovec part = {new, strlen(new)};
    if (!failed) put('R', old, 0, &part, 1, SIZE_MAX);
    pthread_mutex_unlock(&turn);
    errno = saved;
    return failed;
}

/* What is done by the kernel alone is done by reading and writing instead, which is seen. */
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags) {
    (void)in; (void)from; (void)out; (void)to; (void)count; (void)flags;
    errno = ENOSYS;
    return -1;
}

ssize_t sendfile64(int out, int in, off64_t *from, size_t count) {
    (void)out; (void)in; (void)from; (void)count;
    errno = ENOSYS;
    return -1;
}

ssize_t sendfile(int out, int in, off_t *from, size_t count) { return sendfile64(out, in, from, count); }

/* What is written into memory that is a file cannot be seen: nothing that matters may do that. */
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t at) {
    char path[PATH_MAX];
    if (fd >= 0 && (protection & PROT_WRITE) && (flags & MAP_SHARED) && is_ours(fd, path)) note('M', path, 0);
    return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, at);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t at) {
    return mmap64(address, length, protection, flags, fd, at);
}
