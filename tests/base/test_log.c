#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

static char captured[65536];
static int pipe_fds[2], saved_fds[3];

/* From here on what goes to `fd` goes into a pipe. */
static void capture(int fd)
{
    fflush(NULL);
    assert_int_equal(pipe2(pipe_fds, O_NONBLOCK), 0);
    /* As large as a line can get, so that nobody has to read meanwhile. */
    assert_true(fcntl(pipe_fds[1], F_SETPIPE_SZ, 1 << 17) > 0);
    saved_fds[fd] = dup(fd);
    dup2(pipe_fds[1], fd);
    close(pipe_fds[1]);
}

static const char *captured_from(int fd)
{
    dup2(saved_fds[fd], fd);
    close(saved_fds[fd]);
    size_t len = 0;
    ssize_t got;
    while ((got = read(pipe_fds[0], captured + len, sizeof(captured) - 1 - len)) > 0)
        len += (size_t)got;
    captured[len] = '\0';
    close(pipe_fds[0]);
    return captured;
}

static int reset(void **state)
{
    (void)state;
    log_configure(&(struct log_setup){.format = LOG_TEXT, .level = LOG_INFO});
    log_set_request(VIEW(""));
    return 0;
}

static void text_goes_to_standard_error(void **state)
{
    (void)state;
    capture(STDERR_FILENO);
    log_debug("unseen");
    log_info("%d records", 3);
    log_warning("slow");
    log_error("down");
    assert_string_equal(captured_from(STDERR_FILENO),
                        "lorry: 3 records\nlorry: warning: slow\nlorry: error: down\n");
}

static void text_cannot_command_a_terminal(void **state)
{
    (void)state;
    capture(STDERR_FILENO);
    log_info("a\nb\tc\x1B[2J\x7F\xC2\x9B\xFF\xC3\xA4\r");
    assert_string_equal(captured_from(STDERR_FILENO),
                        "lorry: a b c\\x1b[2J\\x7f\\x9b\xEF\xBF\xBD\xC3\xA4\\x0d\n");
}

/* Everything behind the time, which is checked for its form. */
static const char *behind_timestamp(const char *line)
{
    static const char head[] = "{\"timestamp\":\"", form[] = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    assert_memory_equal(line, head, sizeof(head) - 1);
    line += sizeof(head) - 1;
    for (const char *f = form; *f; f++, line++)
        assert_true(*f == 'd' ? *line >= '0' && *line <= '9' : *line == *f);
    return line;
}

static void json_goes_to_standard_output(void **state)
{
    (void)state;
    log_configure(&(struct log_setup){.format = LOG_JSON, .level = LOG_DEBUG});
    capture(STDOUT_FILENO);
    log_warning("say \"%s\"\n\\\xFF\xC3\xA4", "hi");
    const char *line = captured_from(STDOUT_FILENO);
    assert_string_equal(behind_timestamp(line),
                        "\",\"level\":\"WARN\","
                        "\"message\":\"say \\\"hi\\\"\\u000a\\\\\xEF\xBF\xBD\xC3\xA4\"}\n");
}

static void lines_name_the_invocation(void **state)
{
    (void)state;
    log_configure(&(struct log_setup){.format = LOG_JSON, .level = LOG_DEBUG});
    char id[] = "8476a536\"";
    log_set_request(view_str(id));
    memset(id, 'x', sizeof(id));
    capture(STDOUT_FILENO);
    log_debug("m");
    assert_string_equal(
        behind_timestamp(captured_from(STDOUT_FILENO)),
        "\",\"level\":\"DEBUG\",\"requestId\":\"8476a536\\\"\",\"message\":\"m\"}\n");
    char longest[1000];
    memset(longest, 'y', sizeof(longest));
    log_set_request(view_of(longest, sizeof(longest)));
    capture(STDOUT_FILENO);
    log_error("m");
    assert_true(strlen(captured_from(STDOUT_FILENO)) < 250);
}

static void long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    enum { LIMIT = 8192 };
    static char text[20001];
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text + LIMIT - 1, "\xC3\xA4", 2);
    capture(STDERR_FILENO);
    log_info("%s", text);
    const char *line = captured_from(STDERR_FILENO);
    assert_int_equal(strlen(line), strlen("lorry: ") + LIMIT - 1 + strlen("...\n"));
    assert_string_equal(line + strlen(line) - 5, "x...\n");

    memset(text, '\x01', sizeof(text) - 1);
    log_configure(&(struct log_setup){.format = LOG_JSON});
    capture(STDOUT_FILENO);
    log_info("%s", text);
    line = captured_from(STDOUT_FILENO);
    assert_string_equal(line + strlen(line) - 12, "\\u0001...\"}\n");
}

static void statements_are_logged_on_demand(void **state)
{
    (void)state;
    capture(STDERR_FILENO);
    log_sql(VIEW("SELECT 1"));
    log_configure(&(struct log_setup){.level = LOG_ERROR, .sql = true});
    log_sql(VIEW("SELECT\n2"));
    assert_string_equal(captured_from(STDERR_FILENO), "lorry: SELECT 2\n");
}

static void json_lines_pass_as_they_are(void **state)
{
    (void)state;
    log_configure(&(struct log_setup){.level = LOG_ERROR});
    capture(STDOUT_FILENO);
    log_json_line(VIEW("{\"_aws\":{}}"));
    assert_string_equal(captured_from(STDOUT_FILENO), "{\"_aws\":{}}\n");
}

static void a_closed_output_is_survived(void **state)
{
    (void)state;
    int saved = dup(STDERR_FILENO);
    close(STDERR_FILENO);
    errno = EXDEV;
    log_error("lost");
    int after = errno;
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_int_equal(after, EXDEV);
}

static void levels_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum log_level level;
    } cases[] = {
        {"debug", LOG_DEBUG},     {"INFO", LOG_INFO},    {"Warn", LOG_WARNING},
        {"WARNING", LOG_WARNING}, {"error", LOG_ERROR},  {"CRITICAL", LOG_ERROR},
        {"FATAL", LOG_ERROR},     {"NOTSET", LOG_DEBUG},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum log_level level;
        assert_int_equal(log_level_parse(view_str(cases[i].name), &level), 0);
        assert_int_equal(level, cases[i].level);
    }
    enum log_level level = LOG_WARNING;
    assert_int_equal(log_level_parse(VIEW("VERBOSE"), &level), -1);
    assert_int_equal(log_level_parse(VIEW("INF"), &level), -1);
    assert_int_equal(log_level_parse(VIEW(""), &level), -1);
    assert_int_equal(level, LOG_WARNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(text_goes_to_standard_error, reset),
        cmocka_unit_test_setup(text_cannot_command_a_terminal, reset),
        cmocka_unit_test_setup(json_goes_to_standard_output, reset),
        cmocka_unit_test_setup(lines_name_the_invocation, reset),
        cmocka_unit_test_setup(long_messages_are_cut_between_characters, reset),
        cmocka_unit_test_setup(statements_are_logged_on_demand, reset),
        cmocka_unit_test_setup(json_lines_pass_as_they_are, reset),
        cmocka_unit_test_setup(a_closed_output_is_survived, reset),
        cmocka_unit_test(levels_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
