#include "faulty_vfs.h"

#include <sqlite3.h>
#include <stdlib.h>

struct faults faults;

static sqlite3_vfs *real_vfs;

/* The real file follows ours at once. */
static sqlite3_file *real(sqlite3_file *file)
{
    return file + 1;
}

static bool is_due(bool is_write)
{
    if (faults.disk_full && !is_write)
        return false;
    faults.seen++;
    return faults.at && (faults.for_good ? faults.seen >= faults.at : faults.seen == faults.at);
}

/* Passes a method on, unless it is its turn to fail. */
#define METHOD(name, code, parameters, arguments)                                                  \
    static int faulty_##name parameters                                                            \
    {                                                                                              \
        return is_due(false) ? (code) : real(file)->pMethods->x##name arguments;                   \
    }
#define SAFE_METHOD(name, parameters, arguments)                                                   \
    static int faulty_##name parameters                                                            \
    {                                                                                              \
        return real(file)->pMethods->x##name arguments;                                            \
    }

METHOD(Read, SQLITE_IOERR_READ, (sqlite3_file * file, void *to, int len, sqlite3_int64 at),
       (real(file), to, len, at))
METHOD(Truncate, SQLITE_IOERR_TRUNCATE, (sqlite3_file * file, sqlite3_int64 size),
       (real(file), size))
METHOD(FileSize, SQLITE_IOERR_FSTAT, (sqlite3_file * file, sqlite3_int64 *size), (real(file), size))
METHOD(Lock, SQLITE_IOERR_LOCK, (sqlite3_file * file, int level), (real(file), level))
METHOD(ShmMap, SQLITE_IOERR_SHMMAP,
       (sqlite3_file * file, int page, int size, int extend, void volatile **memory),
       (real(file), page, size, extend, memory))
SAFE_METHOD(Close, (sqlite3_file * file), (real(file)))
SAFE_METHOD(Unlock, (sqlite3_file * file, int level), (real(file), level))
SAFE_METHOD(CheckReservedLock, (sqlite3_file * file, int *result), (real(file), result))
SAFE_METHOD(FileControl, (sqlite3_file * file, int what, void *argument),
            (real(file), what, argument))
SAFE_METHOD(SectorSize, (sqlite3_file * file), (real(file)))
SAFE_METHOD(DeviceCharacteristics, (sqlite3_file * file), (real(file)))
SAFE_METHOD(ShmLock, (sqlite3_file * file, int at, int count, int flags),
            (real(file), at, count, flags))
SAFE_METHOD(ShmUnmap, (sqlite3_file * file, int remove), (real(file), remove))

/* There is no power cut to come: not worth waiting for the disk. */
static int faulty_Sync(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    return is_due(false) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int faulty_Write(sqlite3_file *file, const void *from, int len, sqlite3_int64 at)
{
    if (is_due(true))
        return faults.disk_full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    return real(file)->pMethods->xWrite(real(file), from, len, at);
}

static void faulty_ShmBarrier(sqlite3_file *file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}

#define METHODS(version)                                                                           \
    {                                                                                              \
        .iVersion = (version), .xClose = faulty_Close, .xRead = faulty_Read,                       \
        .xWrite = faulty_Write, .xTruncate = faulty_Truncate, .xSync = faulty_Sync,                \
        .xFileSize = faulty_FileSize, .xLock = faulty_Lock, .xUnlock = faulty_Unlock,              \
        .xCheckReservedLock = faulty_CheckReservedLock, .xFileControl = faulty_FileControl,        \
        .xSectorSize = faulty_SectorSize, .xDeviceCharacteristics = faulty_DeviceCharacteristics,  \
        .xShmMap = faulty_ShmMap, .xShmLock = faulty_ShmLock, .xShmBarrier = faulty_ShmBarrier,    \
        .xShmUnmap = faulty_ShmUnmap,                                                              \
    }
static const sqlite3_io_methods methods = METHODS(2), methods_without_wal = METHODS(1);

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                       int *flags_out)
{
    (void)vfs;
    file->pMethods = NULL;
    if (is_due(false))
        return SQLITE_CANTOPEN;
    int code = real_vfs->xOpen(real_vfs, name, real(file), flags, flags_out);
    if (code == SQLITE_OK)
        file->pMethods = faults.without_wal ? &methods_without_wal : &methods;
    return code;
}

static int faulty_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    return is_due(false) ? SQLITE_IOERR_DELETE : real_vfs->xDelete(real_vfs, name, sync);
}

void faulty_vfs_install(void)
{
    static sqlite3_vfs vfs;
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.pNext = NULL;
    vfs.zName = "faulty";
    vfs.szOsFile += (int)sizeof(sqlite3_file);
    vfs.xOpen = faulty_open;
    vfs.xDelete = faulty_delete;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        abort();
}
