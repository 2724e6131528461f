#include <stdio.h>

#include "target_crate.h"

/* Histories of which a sink that writes in one step must get at least one wrong. */
#define MUTANT_HISTORIES 100

int main(void)
{
    size_t count = choose_count(1000);
    uint64_t seed = choose_seed();
    size_t right = run_histories(&crate_target, seed, count, false);
    printf("%zu of %zu histories ended as the model says\n", right, count);
    size_t replayed = run_replays(&crate_target, seed, count / 2);
    printf("%zu of %zu were mended by replaying\n", replayed, count / 2);
    size_t missed = run_histories(&one_step_target, seed, MUTANT_HISTORIES, true);
    printf("written in one step, %d of %d histories ended wrong\n",
           (int)(MUTANT_HISTORIES - missed), MUTANT_HISTORIES);
    return right == count && replayed == count / 2 && missed < MUTANT_HISTORIES ? 0 : 1;
}
