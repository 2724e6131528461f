/* An XML answer as a tree: elements, their children and their text. Attributes, comments and
 * prefixes of name spaces are left out: no AWS service says anything with them. */
#ifndef LORRY_AWS_XML_H
#define LORRY_AWS_XML_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

#define XML_DEPTH_MAX 64
#define XML_ELEMENTS_MAX 200000

/* Belongs to the tree. Names and texts are UTF-8, each followed by a NUL that does not count. */
struct xml_node {
    struct view name; /* without prefix */
    struct view text; /* all that stands directly inside, in one piece, white space included */
    const struct xml_node *first; /* child; NULL: none */
    const struct xml_node *next;  /* sibling; NULL: none */
};

struct xml {
    const struct xml_node *root;
    /* Private. */
    struct arena nodes;
    struct buf text;
};

/* Reads a document; any bytes may come. `xml` (zeroed or released before) is released by the
 * caller with xml_release(). Error: ERROR_INPUT if it is not well-formed, has a document type
 * (which could define entities that grow without end), or is deeper or has more elements than
 * above; the message quotes nothing of it. */
int xml_parse(struct view document, struct xml *xml, struct error *err);

/* Overwrites the texts, since they may be secrets, and frees everything. Safe on a zeroed one. */
void xml_release(struct xml *xml);
#define cleanup_xml __attribute__((cleanup(xml_release)))

/* The first descendant along `path`, names with slashes between: "Error/Code"; "" is the node
 * itself. NULL if there is none, or `node` is NULL. */
const struct xml_node *xml_find(const struct xml_node *node, const char *path);

/* The next sibling of the same name; NULL if there is none. With xml_find(list, "member") it walks
 * a list. */
const struct xml_node *xml_next(const struct xml_node *node);

/* The text at `path`; the empty view if there is no such element. */
struct view xml_text(const struct xml_node *node, const char *path);

#endif
