/* PartiQL, as far as statements have to be told apart [DynamoDB Developer Guide "PartiQL"]. */
#ifndef LORRY_AWS_PARTIQL_H
#define LORRY_AWS_PARTIQL_H

#include "base/view.h"

/* The next statement of `*rest`, which is left behind it: up to a semicolon that stands in no
 * quotes, without white space around it. Empty: there are no more. */
struct view partiql_next(struct view *rest);

#endif
