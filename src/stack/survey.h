/* What there is of a pipeline in AWS, and how it goes: looked at part by part, for `status` and
 * `doctor`. Nothing is changed, and what cannot be looked at is no failure of the whole: the part
 * says why. */
#ifndef LORRY_STACK_SURVEY_H
#define LORRY_STACK_SURVEY_H

#include <jansson.h>

#include "aws/cloudformation.h"
#include "aws/dynamodb.h"
#include "aws/event_source_mapping.h"
#include "aws/kinesis.h"
#include "aws/lambda_function.h"
#include "aws/sqs.h"
#include "stack/log_line.h"
#include "stack/stack.h"

enum survey_state {
    SURVEY_SKIPPED, /* nobody looked, or there is nothing to look at */
    SURVEY_UNKNOWN, /* it cannot be looked at */
    SURVEY_ABSENT,
    SURVEY_FOUND,
};

struct survey_part {
    enum survey_state state;
    const char *why;           /* of SURVEY_UNKNOWN: the message of the error; else NULL */
    const struct error *error; /* that error; NULL with `why` */
};

struct survey_stack {
    struct survey_part part;
    struct cfn_stack found;
    bool ours;           /* lorry made it; also if that cannot be seen */
    json_t *template;    /* that it was made from; NULL: it is not ours, or that cannot be seen */
    const char *failure; /* why the last operation failed: the first failing resource and its
                            reason; NULL: it did not, or nothing is known */
};

struct survey_function {
    struct survey_part part;
    struct lambda_function found;
};

/* The package that would be deployed now. */
struct survey_package {
    struct survey_part part;
    const char *built; /* digest of the image, or CodeSha256 of the zip package, as made here */
};

struct survey_mappings {
    struct survey_part part; /* found also if there are none */
    struct event_source_mappings found;
};

struct survey_stream {
    struct survey_part part;
    struct kinesis_stream found;
};

struct survey_destination {
    struct survey_part part; /* absent: the table sends its changes nowhere */
    struct dynamodb_destination found;
};

/* Where Lambda puts what it gives up on. */
struct survey_failures {
    struct survey_part part; /* skipped: nowhere */
    bool is_bucket;          /* else a queue */
    const char *place;       /* name of the bucket, or URL of the queue */
    int64_t count;           /* objects, or messages; see `more` */
    bool more;               /* there are more objects than are counted */
    int64_t since_us;        /* when the oldest of the objects was put; 0: not known */
};

/* How many objects of the failure bucket are counted, a request for each thousand. */
#define SURVEY_OBJECTS_MAX 10000

/* What is measured, a value for each minute. */
enum survey_metric {
    METRIC_LAG_MS, /* iterator age: how old records are when the function gets them */
    METRIC_INVOCATIONS,
    METRIC_ERRORS,
    METRIC_THROTTLES,   /* invocations that were held up */
    METRIC_DURATION_MS, /* on average */
    METRIC_DURATION_MAX_MS,
    METRIC_CONCURRENCY,     /* executions at the same time */
    METRIC_INCOMING,        /* records that the stream took */
    METRIC_READ,            /* records that were read from it */
    METRIC_WRITE_THROTTLED, /* records that it did not take */
    METRIC_READ_THROTTLED,  /* reads that it refused */
    METRIC_NOT_REPLICATED,  /* changes that DynamoDB could not send to it, lost */
    SURVEY_METRICS,
};

/* How far back is looked, for since when something is wrong. */
#define SURVEY_MINUTES 180

struct survey_metrics {
    struct survey_part part;
    int64_t from_s; /* since 1970: when the first minute began */
    /* NAN: nothing was measured in that minute. The last minute is the one that is not over. */
    double values[SURVEY_METRICS][SURVEY_MINUTES];
};

/* How far back the log is read, which is more work the more there is of it. */
#define SURVEY_LOG_MIN 15
/* Of different lines, and of the text of one with its end. */
#define SURVEY_LINES_MAX 16
#define SURVEY_LINE_SIZE 320

/* What the log says, numbers aside, once or again and again. */
struct survey_line {
    uint64_t count;              /* how often, since the line is among the last ones */
    int64_t time_us;             /* since 1970: when it was said last */
    char level[LOG_LEVEL_SIZE];  /* "ERROR", "WARN", ...; "" if the line has none */
    char text[SURVEY_LINE_SIZE]; /* as it was said last, cut if it is long */
};

/* Lines that stand out, those of `lorry logs --errors`; the newest first. */
struct survey_log {
    struct survey_part part; /* absent: there is no log group */
    const char *group;
    struct survey_line lines[SURVEY_LINES_MAX];
    size_t count;
};

/* Why the sink cannot be looked at. */
enum survey_sink_trouble {
    SINK_UNTRIED, /* nobody could try: there is no password, or no permission to read it */
    SINK_SILENT,  /* it does not answer */
    SINK_REFUSES,
};

/* What is known of the sink; filled by whoever can open it. */
struct survey_sink {
    struct survey_part part;
    enum survey_sink_trouble trouble; /* of SURVEY_UNKNOWN */
    const char *url;                  /* without a password */
    const char *table;                /* as the pipeline says */
    bool has_table;
    int64_t rows, tombstones, dead_letters; /* -1: not known */
    int64_t newest_us;     /* when the newest change that it has was made; 0: not known, or none */
    int64_t dead_since_us; /* when the oldest dead letter was kept; 0: not known, or none */
    int64_t dead_until_us; /* the same of the newest one */
    const char *dead_why;  /* the reason of that; NULL: not known, or none */
};

struct survey {
    struct arena arena;        /* owns all texts that the parts do not own themselves */
    struct aws_client *client; /* borrowed, like the next */
    const struct stack *pipeline;
    const char *caller; /* ARN of whoever looks */
    int64_t now_us;     /* since 1970: when it was looked */
    const char *account, *region;
    const char *name; /* of the stack */
    struct survey_stack stack;
    struct survey_function function;
    struct survey_package package;
    struct survey_mappings mappings;
    struct survey_stream stream;
    struct survey_destination destination;
    struct survey_failures failures;
    struct survey_metrics metrics;
    struct survey_log log;
    struct survey_sink sink;
};

/* Who and where; `survey` (zeroed before) is to be released in any case. Without a pipeline (NULL)
 * that is all that can be asked. Errors: those of
 * aws_call(): without an answer here nothing else would be answered. */
int survey_begin(struct survey *survey, struct aws_client *client, const struct stack *pipeline,
                 struct error *err);

/* Safe on a zeroed one. */
void survey_release(struct survey *survey);
#define cleanup_survey __attribute__((cleanup(survey_release)))

/* The parts. The stack is the first: the names of the others are those of its outputs, where it has
 * them, else those of the pipeline. */
void survey_stack(struct survey *survey);
void survey_function(struct survey *survey);
void survey_mappings(struct survey *survey);
void survey_stream(struct survey *survey);
void survey_destination(struct survey *survey);
void survey_failures(struct survey *survey);
void survey_metrics(struct survey *survey);
void survey_log(struct survey *survey);

/* Makes the package, to be compared with survey_deployed_digest(). */
void survey_package(struct survey *survey);

/* Digest of the image of the function, "sha256:...", or CodeSha256 of its zip package; "" while the
 * function is not known. */
const char *survey_deployed_digest(const struct survey *survey);

/* Names, borrowed from the survey or the pipeline. */
const char *survey_function_name(const struct survey *survey);
const char *survey_stream_name(const struct survey *survey);
const char *survey_table_name(const struct survey *survey);

/* The ARN of the stream of the pipeline; "" while the stream is not known. */
const char *survey_stream_arn(const struct survey *survey);

/* For whoever fills a part: notes that it cannot be looked at, and why. */
void survey_unknown(struct survey *survey, struct survey_part *part, const struct error *why);

/* Likewise, what looking came to: 1 found, 0 absent, or -1 and `why`. */
void survey_conclude(struct survey *survey, struct survey_part *part, int found,
                     const struct error *why);

/* The sum and the greatest of what was measured in the last `minutes`; 0 if nothing was. */
double survey_sum(const struct survey_metrics *metrics, enum survey_metric metric, int minutes);
double survey_max(const struct survey_metrics *metrics, enum survey_metric metric, int minutes);

/* The index of the last of the last `minutes` in which something was measured; -1: none. */
int survey_last(const struct survey_metrics *metrics, enum survey_metric metric, int minutes);

/* When a minute began, microseconds since 1970. */
int64_t survey_minute_us(const struct survey_metrics *metrics, int minute);

#endif
