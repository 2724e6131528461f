/* Whoever deploys in tests of src/stack/: notes what is said, and answers what is asked. */
#ifndef LORRY_TESTS_STACK_DEPLOYER_H
#define LORRY_TESTS_STACK_DEPLOYER_H

#include "base/buf.h"
#include "stack/deploy.h"

struct deployer {
    struct buf said; /* lines */
    int agrees;      /* what is answered to questions; -1: there is no terminal */
    struct deploy_ui ui;
};

static inline void deployer_say(void *user, const char *line)
{
    struct deployer *deployer = user;
    buf_printf(&deployer->said, "%s\n", line);
}

static inline void deployer_show(void *user, const struct change_set *changes)
{
    (void)user;
    (void)changes;
}

static inline int deployer_agree(void *user, const char *question, struct error *err)
{
    struct deployer *deployer = user;
    deployer_say(user, question);
    if (deployer->agrees < 0)
        error_set(err, ERROR_USAGE, 0, "nothing has been changed");
    return deployer->agrees;
}

static inline void deployer_happen(void *user, const struct cfn_event *event, int64_t took_us)
{
    (void)took_us;
    deployer_say(user, event->logical_id);
}

static inline void deployer_init(struct deployer *deployer)
{
    *deployer = (struct deployer){.said = BUF_INIT(BUF_TEXT_CAP)};
    deployer->ui = (struct deploy_ui){.say = deployer_say,
                                      .show = deployer_show,
                                      .agree = deployer_agree,
                                      .happen = deployer_happen,
                                      .user = deployer};
}

#endif
