#include "lambda/local.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arguments.h"
#include "base/log.h"
#include "base/memory.h"
#include "pipeline/relay.h"

#define EXIT_USAGE 2
/* How long a batch is tried while the sink is in trouble. */
#define BATCH_TIMEOUT_MS 60000

struct local_options {
    const char *table;
    bool strict;
    const char *const *sources;
    size_t source_count;
    const char *sink;
};

static void print_usage(FILE *stream, const char *program)
{
    fprintf(stream,
            "usage: %s [--table NAME] [--strict] SOURCE... SINK\n"
            "\n"
            "Applies the changes in SOURCE (files, or - for standard input: Lambda events, or CDC\n"
            "records one a line) to the database SINK, such as sqlite:///file.db or\n"
            "crate://user@host:4200/?ssl=true (password: SINK_PASSWORD).\n"
            "\n"
            "  --table NAME   the table in SINK (default)\n"
            "  --strict       exit with 1 if records had to be set aside\n"
            "\n"
            "Under AWS Lambda it is the runtime, and environment variables are its settings.\n",
            program);
}

/* GO_ON, or the exit status. */
#define GO_ON (-1)

static int parse_options(int argc, char **argv, struct local_options *options)
{
    static const struct option long_options[] = {
        {"table", required_argument, NULL, 't'},
        {"strict", no_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        switch (option) {
        case 't': options->table = optarg; break;
        case 's': options->strict = true; break;
        case 'h': print_usage(stdout, argv[0]); return EXIT_SUCCESS;
        case 'v': printf("%s\n", LORRY_VERSION); return EXIT_SUCCESS;
        default: print_usage(stderr, argv[0]); return EXIT_USAGE;
        }
    }
    if (argc - optind < 2) {
        print_usage(stderr, argv[0]);
        return EXIT_USAGE;
    }
    options->sources = (const char *const *)argv + optind;
    options->source_count = (size_t)(argc - 1 - optind);
    options->sink = argv[argc - 1];
    return GO_ON;
}

static const char *environment_password(struct password_source *source, bool refused,
                                        struct error *err)
{
    (void)source;
    (void)refused;
    (void)err;
    return getenv("SINK_PASSWORD");
}

static void print_report(const struct report *report)
{
    const struct {
        const char *what;
        uint64_t count;
    } lines[] = {
        {"records read", report->records},    {"changes written", report->written},
        {"stale changes", report->stale},     {"duplicates", report->duplicates},
        {"changes dropped", report->dropped}, {"dead letters", report->dead_letters},
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        printf("%-16s %" PRIu64 "\n", lines[i].what, lines[i].count);
}

static int relay(const struct local_options *options, const struct sink_config *sink_config,
                 struct change_hook hook, struct error *err)
{
    struct relay_result result = {0};
    struct sink *sink;
    if (sink_open(sink_config, &sink, err) < 0)
        return -1;
    const struct relay_config config = {
        .sources = options->sources,
        .source_count = options->source_count,
        .sink = sink,
        .clock = &clock_system,
        .on_error = ON_ERROR_DEAD_LETTER,
        .hook = hook,
        .timeout_ms = BATCH_TIMEOUT_MS,
    };
    int status = relay_run(&config, &result, err);
    sink_close(sink);
    print_report(&result.report);
    if (status == 0 && options->strict && result.report.dead_letters)
        status =
            error_set(err, ERROR_INPUT, 0, "%" PRIu64 " records were set aside as dead letters",
                      result.report.dead_letters);
    return status;
}

static int run(const struct local_options *options, struct change_hook hook,
               struct http_client *http, struct error *err)
{
    cleanup_url struct url url = {0};
    struct password_source password = {.get = environment_password, .origin = "SINK_PASSWORD"};
    struct sink_config config = {
        .url = &url,
        .password = getenv("SINK_PASSWORD") ? &password : NULL,
        .create_table = true,
        .http = http,
        .clock = &clock_system,
    };
    if (url_parse(view_str(options->sink), &url, err) < 0 ||
        table_name_parse(view_str(options->table), &config.table, err) < 0)
        return -1;
    int status = relay(options, &config, hook, err);
    table_name_release(&config.table);
    return status;
}

static int run_local(int argc, char **argv, struct change_hook hook, struct http_client *http)
{
    struct local_options options = {.table = "default"};
    struct error err = {0};
    int status = parse_options(argc, argv, &options);
    if (status != GO_ON)
        return status;
    if (run(&options, hook, http, &err) == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "%s: %s\n", argv[0], err.message);
    return err.domain == ERROR_SETTING || err.domain == ERROR_USAGE ? EXIT_USAGE : EXIT_FAILURE;
}

int local_run(int argc, char **argv, struct change_hook hook, struct http_client *http)
{
    bool hidden = false;
    char **arguments = arguments_take(argc, argv, &hidden);
    if (hidden)
        fprintf(stderr,
                "%s: warning: a password on the command line can be seen by others; use "
                "SINK_PASSWORD\n",
                argv[0]);
    int status = run_local(argc, arguments, hook, http);
    arguments_free(arguments, argc);
    return status;
}
