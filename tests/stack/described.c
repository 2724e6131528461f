/* A program that describes its stack: as the file named by DESCRIPTION says, which holds calls,
 * each word ended by a NUL: "read PATH", "set PATH VALUE", "unset PATH", "add PATH VALUE". */
#include <lorry/stack.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_ ((size_t)4 << 20)

struct words {
    char *next, *end;
};

static const char *take(struct words *words)
{
    if (words->next >= words->end)
        abort();
    char *word = words->next;
    words->next += strlen(word) + 1;
    return word;
}

/* The place of the call is told by its number: line 1 is the first. */
static void call(struct words *words, struct lorry_stack **stack, int number)
{
    const char *what = take(words), *path = take(words);
    if (strcmp(what, "read") == 0) {
        lorry_stack_free(*stack);
        *stack = lorry_stack_read(path);
    } else if (strcmp(what, "set") == 0) {
        lorry_stack_set_at(*stack, path, take(words), "calls", number);
    } else if (strcmp(what, "add") == 0) {
        lorry_stack_add_at(*stack, path, take(words), "calls", number);
    } else {
        lorry_stack_set_at(*stack, path, NULL, "calls", number);
    }
}

int main(int argc, char **argv)
{
    static char text[SIZE_MAX_ + 1];
    const char *path = getenv("DESCRIPTION");
    FILE *file = path ? fopen(path, "rb") : NULL;
    if (!file)
        abort();
    size_t len = fread(text, 1, SIZE_MAX_, file);
    fclose(file);
    struct words words = {text, text + len};
    struct lorry_stack *stack = lorry_stack_new_at("calls", 0);
    for (int number = 1; words.next < words.end; number++)
        call(&words, &stack, number);
    int status = lorry_stack_main(argc, argv, stack);
    lorry_stack_free(stack);
    return status;
}
