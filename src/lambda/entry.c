#include <signal.h>
#include <stdlib.h>

#include "lambda/local.h"
#include "lambda/processor.h"
#include "lorry/processor.h"
#include "net/http_event.h"

int lorry_processor_main(int argc, char **argv, lorry_process process, void *user)
{
    const struct change_hook hook = {process, user};
    const char *runtime_api = getenv("AWS_LAMBDA_RUNTIME_API");
    /* A peer that hangs up is an error of that connection, not the end. */
    signal(SIGPIPE, SIG_IGN);
    struct http_client *http = http_event_new();
    int status;
    if (runtime_api && *runtime_api)
        status = processor_run(&(struct processor_config){
            .runtime_api = runtime_api,
            .environment = getenv,
            .http = http,
            .credentials = &aws_credentials_environment,
            .clock = &clock_system,
            .hook = hook,
        });
    else
        status = local_run(argc, argv, hook, http);
    http_client_free(http);
    return status;
}
