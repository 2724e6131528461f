/* The executable: prints its port, answers, wants the password, ends on SIGTERM. */
#include "unit.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/memory.h"

static pid_t start(unsigned *port)
{
    const char *program = getenv("CRATEDB_MODEL");
    int pipe_ends[2];
    assert_non_null(program);
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* when an assertion ends the test */
        dup2(pipe_ends[1], STDOUT_FILENO);
        execl(program, program, "--port", "0", "--user", "u", "--password", "p", NULL);
        _exit(127);
    }
    close(pipe_ends[1]);
    FILE *output = fdopen(pipe_ends[0], "r");
    assert_int_equal(fscanf(output, "%u", port), 1);
    fclose(output);
    return pid;
}

/* Sends and reads to the end of the connection. */
static void talk(unsigned port, const char *authorization, char *answer, size_t size)
{
    static const char body[] = "{\"stmt\":\"SELECT 1\"}";
    char request[512];
    cleanup_close int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    int len = snprintf(request, sizeof(request),
                       "POST /_sql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s"
                       "Content-Length: %zu\r\n\r\n%s",
                       authorization, strlen(body), body);
    assert_int_equal(write(fd, request, (size_t)len), len);
    size_t got = 0;
    for (ssize_t n; got + 1 < size && (n = read(fd, answer + got, size - 1 - got)) > 0;)
        got += (size_t)n;
    answer[got] = '\0';
}

static void serves_until_it_is_told_to_stop(void **state)
{
    (void)state;
    unsigned port;
    char answer[2048];
    int status;
    pid_t pid = start(&port);
    talk(port, "Authorization: Basic dTpw\r\n", answer, sizeof(answer));
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_non_null(strstr(answer, "\"rows\":[[1]]"));
    talk(port, "", answer, sizeof(answer));
    assert_non_null(strstr(answer, "HTTP/1.1 401"));
    assert_non_null(strstr(answer, "password authentication failed"));
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(serves_until_it_is_told_to_stop)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
