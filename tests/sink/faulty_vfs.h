/* A file system that fails: SQLite's own, with one call in it (or all from there on) going wrong.
 */
#ifndef LORRY_TESTS_FAULTY_VFS_H
#define LORRY_TESTS_FAULTY_VFS_H

#include <stdbool.h>

struct faults {
    unsigned at;      /* the call that fails, from 1; 0: none */
    bool for_good;    /* and all that follow */
    bool disk_full;   /* it is a write that fails, for want of room; else every call can */
    bool without_wal; /* of files opened from now on: no shared memory, as on a network */
    unsigned seen;    /* calls that could have failed */
};

/* In force at once; everything may be altered at any time. */
extern struct faults faults;

/* Makes it the file system of this process. */
void faulty_vfs_install(void);

#endif
