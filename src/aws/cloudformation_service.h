/* What cloudformation.c and change_set.c share. Private to aws/. */
#ifndef LORRY_AWS_CLOUDFORMATION_SERVICE_H
#define LORRY_AWS_CLOUDFORMATION_SERVICE_H

#include "aws/service.h"
#include "aws/xml.h"
#include "base/arena.h"

extern const struct aws_service cloudformation_service;

/* A copy of the text at a path; "" if there is none. */
const char *cfn_text(struct arena *arena, const struct xml_node *node, const char *path);

/* How many members a list has; 0 for NULL. */
size_t cfn_count(const struct xml_node *list);

#endif
