/* Being asked to end: SIGINT (Ctrl-C) and SIGTERM. */
#ifndef LORRY_CLI_INTERRUPT_H
#define LORRY_CLI_INTERRUPT_H

#include <signal.h>

/* Not 0 once somebody has. */
extern volatile sig_atomic_t interrupted;

/* From here on the first signal sets `interrupted`; the second one ends the process, as it would
 * have: for what may be broken off anywhere. */
void interrupt_catch(void);

#endif
