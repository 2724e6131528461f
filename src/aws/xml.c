#include "aws/xml.h"

#include <expat.h>
#include <limits.h>

#include "base/memory.h"

/* An element whose end has not come yet. */
struct open_element {
    struct xml_node *node;
    struct xml_node *last_child;
    size_t text; /* where its text begins in the reader's */
};

struct reader {
    XML_Parser parser;
    struct xml *xml;
    struct open_element open[XML_DEPTH_MAX];
    size_t depth;
    size_t elements;
    struct buf text;     /* of the open elements, the outermost first */
    const char *refusal; /* why reading was stopped; NULL: it was not */
};

static void refuse(struct reader *reader, const char *reason)
{
    reader->refusal = reason;
    XML_StopParser(reader->parser, XML_FALSE);
}

/* There is room for all, once: nothing moves, and no copies of secrets are left behind. */
static struct view keep(struct xml *xml, struct view text)
{
    size_t begin = xml->text.len;
    buf_append_view(&xml->text, text);
    buf_append_char(&xml->text, '\0');
    return view_of(xml->text.ptr + begin, text.len);
}

static struct view without_prefix(const char *name)
{
    const char *colon = strrchr(name, ':');
    return view_str(colon ? colon + 1 : name);
}

static void link_node(struct reader *reader, struct xml_node *node)
{
    if (!reader->depth) {
        reader->xml->root = node;
        return;
    }
    struct open_element *parent = &reader->open[reader->depth - 1];
    if (parent->last_child)
        parent->last_child->next = node;
    else
        parent->node->first = node;
    parent->last_child = node;
}

static void on_start(void *user, const char *name, const char **attributes)
{
    (void)attributes;
    struct reader *reader = user;
    if (reader->depth == XML_DEPTH_MAX) {
        refuse(reader, "it is nested too deeply");
        return;
    }
    if (reader->elements++ == XML_ELEMENTS_MAX) {
        refuse(reader, "it has too many elements");
        return;
    }
    struct xml_node *node = arena_calloc(&reader->xml->nodes, 1, sizeof(*node));
    node->name = keep(reader->xml, without_prefix(name));
    link_node(reader, node);
    reader->open[reader->depth++] = (struct open_element){.node = node, .text = reader->text.len};
}

static void on_end(void *user, const char *name)
{
    (void)name;
    struct reader *reader = user;
    const struct open_element *element = &reader->open[--reader->depth];
    element->node->text = keep(reader->xml, view_skip(buf_view(&reader->text), element->text));
    reader->text.len = element->text;
}

static void on_text(void *user, const char *text, int len)
{
    struct reader *reader = user;
    buf_append(&reader->text, text, (size_t)len);
}

static void on_doctype(void *user, const char *name, const char *system, const char *public,
                       int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    refuse(user, "it has a document type");
}

/* UTF-8 takes at most twice the bytes of any encoding that expat knows, and tags are longer than
 * the names in them by more than the NULs. */
static size_t text_cap(struct view document)
{
    return 2 * document.len;
}

static int read_document(struct reader *reader, struct view document, struct error *err)
{
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    reader->text = BUF_INIT(text_cap(document));
    reader->xml->text = BUF_INIT(text_cap(document));
    buf_reserve(&reader->text, text_cap(document));
    buf_reserve(&reader->xml->text, text_cap(document));
    if (XML_Parse(reader->parser, document.ptr, (int)document.len, XML_TRUE) != XML_STATUS_OK)
        return error_set(err, ERROR_INPUT, 0, "not XML as it is expected: line %lu: %s",
                         (unsigned long)XML_GetCurrentLineNumber(reader->parser),
                         reader->refusal ? reader->refusal
                                         : XML_ErrorString(XML_GetErrorCode(reader->parser)));
    return 0;
}

int xml_parse(struct view document, struct xml *xml, struct error *err)
{
    if (document.len > INT_MAX / 2)
        return error_set(err, ERROR_INPUT, 0, "not XML as it is expected: it is too long");
    struct xml read = {0};
    struct reader reader = {.parser = XML_ParserCreate(NULL), .xml = &read};
    if (!reader.parser)
        memory_exhausted();
    int result = read_document(&reader, document, err);
    XML_ParserFree(reader.parser);
    buf_wipe(&reader.text);
    if (result < 0)
        xml_release(&read);
    else
        *xml = read;
    return result;
}

void xml_release(struct xml *xml)
{
    xml->root = NULL;
    arena_release(&xml->nodes);
    buf_wipe(&xml->text);
}

static const struct xml_node *find_named(const struct xml_node *node, struct view name)
{
    while (node && !view_equal(node->name, name))
        node = node->next;
    return node;
}

const struct xml_node *xml_find(const struct xml_node *node, const char *path)
{
    while (node && *path) {
        size_t len = strcspn(path, "/");
        node = find_named(node->first, view_of(path, len));
        path += len + (path[len] == '/');
    }
    return node;
}

const struct xml_node *xml_next(const struct xml_node *node)
{
    return find_named(node->next, node->name);
}

struct view xml_text(const struct xml_node *node, const char *path)
{
    const struct xml_node *found = xml_find(node, path);
    return found ? found->text : VIEW("");
}
