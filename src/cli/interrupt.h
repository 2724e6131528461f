/* Being asked to end: SIGINT (Ctrl-C) and SIGTERM. */
#ifndef LORRY_CLI_INTERRUPT_H
#define LORRY_CLI_INTERRUPT_H

#include <signal.h>

/* Not 0 once somebody has: the signal. */
extern volatile sig_atomic_t interrupted;

/* From here on the first signal sets `interrupted`; the second one ends the process, as it would
 * have: for what may be broken off anywhere. */
void interrupt_catch(void);

/* From here on a signal writes `words` to standard error and ends the process, as it would have:
 * for what goes on elsewhere, or can be gone on with. `words` is borrowed until this is called
 * again. NULL: without a word, as at first. */
void interrupt_say(const char *words);

#endif
