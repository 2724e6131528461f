/* pipeline.yaml: any bytes give a pipeline or findings, whose places are within them. */
#include <stdint.h>
#include <stdlib.h>

#include "stack/stack_file.h"

/* A value for half of the names: both ways are taken. */
static const char *environment(const char *name)
{
    return strlen(name) % 2 ? "a value" : NULL;
}

static int lines_of(struct view text)
{
    int lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n' || text.ptr[i] == '\r';
    return lines;
}

/* libfyaml 0.7.12 loses what it kept of nested [ ] when the syntax breaks off. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const stages[] = {NULL, "prod", "${stage}"};
    struct view text = view_of((const char *)data, size);
    const struct stack_file_options options = {
        .path = "pipeline.yaml", .stage = stages[size % 3], .environment = environment};
    struct stack stack = {0};
    struct findings findings = {0};
    int status = stack_file_parse(&options, text, &stack, &findings);
    if ((status == 0) != (findings.errors == 0))
        abort();
    for (size_t i = 0; i < findings.count; i++)
        if (findings.items[i].mark.line > lines_of(text))
            abort();
    findings_release(&findings);
    stack_release(&stack);
    return 0;
}
