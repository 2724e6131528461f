/* A record processor of one's own (lorry/processor.h): it keeps what expires at the source, leaves
 * out what is only meant for tests, hides mail addresses, and notes where an item came from.
 *
 *     cc -o my-processor my_processor.c $(pkg-config --cflags --libs --static lorry)
 *     ./my-processor --table people events.json sqlite:///people.db
 *
 * Packaged in place of lorry-processor, it runs on Lambda as it is. */
#include <lorry/processor.h>

#include <string.h>

static int process(struct lorry_change *change, void *user)
{
    const char *origin = user;
    struct lorry_value value;

    if (lorry_change_expired(change))
        return LORRY_DROP;
    if (lorry_change_operation(change) == LORRY_REMOVE)
        return LORRY_PASS;
    if (lorry_change_new(change, "test", &value) && strcmp(value.text, "true") == 0)
        return LORRY_DROP;
    if (lorry_change_new(change, "status", &value) && strcmp(value.type, "S") != 0)
        return lorry_change_fail(change, "the attribute \"status\" is no text");

    if (lorry_change_new(change, "mail", &value))
        lorry_change_set_string(change, "mail", "(hidden)");
    lorry_change_set_string(change, "origin", origin);
    return LORRY_PASS;
}

int main(int argc, char **argv)
{
    static char origin[] = "dynamodb";
    return lorry_processor_main(argc, argv, process, origin);
}
