/* CloudFormation templates as YAML, from the tree that is their JSON. */
#ifndef LORRY_STACK_CFN_YAML_H
#define LORRY_STACK_CFN_YAML_H

#include <jansson.h>

#include "base/buf.h"

/* Appends the tree as a YAML document in block style, its members in their order. The intrinsic
 * functions {"Ref": "X"}, {"Fn::GetAtt": ["X", "Y"]} and {"Fn::Sub": "text"} take their short forms
 * [CloudFormation User Guide, "Intrinsic function reference"]; any other stays as it is.
 *
 * Texts are quoted wherever YAML 1.1, which CloudFormation reads, or 1.2 would take them for
 * something else ("yes", "0755", "2012-10-17", "a: b"): what comes out reads back as the same tree.
 * Numbers are integers; there is no null. A buffer that is full shows in out->overflow. */
void cfn_yaml_append(struct buf *out, const json_t *tree);

#endif
