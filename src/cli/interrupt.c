#include "cli/interrupt.h"

#include <stddef.h>

volatile sig_atomic_t interrupted;

static const int signals[] = {SIGINT, SIGTERM};

static void handle(void (*handler)(int))
{
    /* No SA_RESTART: a read from slow input has to end. */
    struct sigaction action = {.sa_handler = handler};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &action, NULL);
}

static void note_interrupt(int number)
{
    (void)number;
    interrupted = 1;
    handle(SIG_DFL);
}

void interrupt_catch(void)
{
    handle(note_interrupt);
}
