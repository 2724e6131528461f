/* Which changes make CloudFormation make a resource anew, as far as lorry's templates have such
 * resources [CloudFormation Template Reference "Update requires"; the resource schemas'
 * createOnlyProperties]. */
#ifndef LORRY_STACK_REPLACEMENT_H
#define LORRY_STACK_REPLACEMENT_H

enum replacement {
    REPLACEMENT_NONE,
    REPLACEMENT_PERHAPS, /* it depends on what changes within the property */
    REPLACEMENT_CERTAIN,
};

/* What follows from the change of a property of a resource of that type. */
enum replacement replacement_by(const char *type, const char *property);

/* The property with the name that a user may choose, "TableName"; NULL: that type has none. */
const char *replacement_name(const char *type);

#endif
