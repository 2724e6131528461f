#include "cli/interrupt.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

volatile sig_atomic_t interrupted;

static const char *volatile last_words;

static const int signals[] = {SIGINT, SIGTERM};

static void handle(void (*handler)(int), int flags)
{
    /* No SA_RESTART: a read from slow input has to end. */
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &action, NULL);
}

static void note_interrupt(int number)
{
    interrupted = number;
    handle(SIG_DFL, 0);
}

void interrupt_catch(void)
{
    handle(note_interrupt, 0);
}

static void say_and_end(int number)
{
    const char *words = last_words;
    ssize_t written = write(STDERR_FILENO, words, strlen(words));
    (void)written;
    raise(number);
}

/* The next one ends the process even if standard error takes no words. */
void interrupt_say(const char *words)
{
    last_words = words;
    if (words)
        handle(say_and_end, SA_RESETHAND | SA_NODEFER);
    else
        handle(SIG_DFL, 0);
}
