/* The package of a pipeline: what it is made of. What is in images and zip files is tested in
 * tests/oci/ and tests/cli/. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "pipeline.h"
#include "stack/package.h"

static char folder[] = "/tmp/lorry-package-XXXXXX";

static int enter(void **state)
{
    (void)state;
    unsetenv("SOURCE_DATE_EPOCH");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    unlink("lorry-processor");
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void assert_refused(const struct stack *stack, enum error_domain domain, const char *message)
{
    cleanup_package struct package package = {0};
    struct error err = {0};
    assert_int_equal(package_make(stack, &package, &err), -1);
    if (!strstr(err.message, message))
        fail_msg("%s", err.message);
    assert_int_equal(err.domain, domain);
}

static void test_no_processor(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    setenv("PATH", "", 1);
    assert_refused(&stack, ERROR_SYSTEM, "neither beside this program nor in PATH");
    unsetenv("PATH");
    assert_refused(&stack, ERROR_SYSTEM, "\"processor.entrypoint\"");
}

/* What is no executable is not taken from PATH; what is, is looked into. */
static void test_processor_in_path(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    char path[256];
    snprintf(path, sizeof(path), "/nowhere::%s", folder);
    setenv("PATH", path, 1);
    assert_int_equal(file_write("lorry-processor", VIEW("no executable"), 0644, NULL), 0);
    assert_refused(&stack, ERROR_SYSTEM, "nor in PATH");
    assert_int_equal(chmod("lorry-processor", 0755), 0);
    snprintf(path, sizeof(path), "%s/lorry-processor", folder);
    assert_refused(&stack, ERROR_INPUT, path);
    stack.processor.package = STACK_ZIP;
    assert_refused(&stack, ERROR_INPUT, path);
}

static void test_own_processor(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    stack.processor.entrypoint = "my-processor";
    assert_refused(&stack, ERROR_SYSTEM, "my-processor");
    stack.processor.entrypoint = "/proc/self/exe";
    stack.processor.architecture = STACK_ARM64;
    assert_refused(&stack, ERROR_INPUT, "arm64");
}

static void test_time(void **state)
{
    (void)state;
    struct stack stack = documented_pipeline();
    stack.processor.entrypoint = "/proc/self/exe";
    setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
    assert_refused(&stack, ERROR_SETTING, "SOURCE_DATE_EPOCH");
    setenv("SOURCE_DATE_EPOCH", "-1", 1);
    assert_refused(&stack, ERROR_SETTING, "SOURCE_DATE_EPOCH");
    unsetenv("SOURCE_DATE_EPOCH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_processor),
        cmocka_unit_test(test_processor_in_path),
        cmocka_unit_test(test_own_processor),
        cmocka_unit_test(test_time),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
