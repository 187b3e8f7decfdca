#ifndef ROUSE_EXCHANGE_H
#define ROUSE_EXCHANGE_H

/// Swaps what two names of one file system stand for, in one step that no observer sees half of.
///
/// Returns 0, or -1 with `errno`: EINVAL where the file system cannot do it, ENOSYS where the kernel cannot. Swift's
/// Glibc module does not show `renameat2`, which is an extension of GNU.
int rouse_exchange(const char *a, const char *b);

#endif
