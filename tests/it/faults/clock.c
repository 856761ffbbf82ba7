/* Shifts the wall clock of a process by the seconds that stand in the file named by WANGGE_TEST_CLOCK: preloaded into a
   server under test, so that its clock can be set back without touching the machine's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *at)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(id, at);
    const char *name = getenv("WANGGE_TEST_CLOCK");
    if (!failed && id == CLOCK_REALTIME && name) {
        FILE *file = fopen(name, "r");
        long shift = 0;
        if (file) {
            if (fscanf(file, "%ld", &shift) == 1) at->tv_sec += shift;
            fclose(file);
        }
    }
    return failed;
}
