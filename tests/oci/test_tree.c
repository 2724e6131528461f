#include "unit.h"

#include "oci/tree.h"

static struct tree tree;

static int clear(void **state)
{
    (void)state;
    tree_release(&tree);
    return 0;
}

static void add(size_t layer, enum layer_type type, const char *path, const char *link)
{
    tree_add(&tree, layer, &(struct layer_entry){path, type, 0755, link, VIEW("")});
}

static void leads_to(const char *path, enum layer_type type)
{
    const struct tree_node *node = tree_find(&tree, path);
    assert_non_null(node);
    assert_int_equal(node->type, type);
}

static void leads_nowhere(const char *path)
{
    assert_null(tree_find(&tree, path));
}

static void follows_folders_that_are_links(void **state)
{
    (void)state;
    add(0, LAYER_FOLDER, "usr", "");
    add(0, LAYER_FOLDER, "usr/bin", "");
    add(0, LAYER_FILE, "usr/bin/x", "");
    add(0, LAYER_SYMLINK, "usr/bin/y", "x");
    add(0, LAYER_SYMLINK, "bin", "usr/bin");
    add(0, LAYER_SYMLINK, "sbin", "/bin/");
    add(0, LAYER_FOLDER, "opt", "");
    add(0, LAYER_SYMLINK, "opt/up", "../usr/./bin/../bin");
    leads_to("/usr/bin/x", LAYER_FILE);
    leads_to("/bin/x", LAYER_FILE);
    leads_to("/sbin//x", LAYER_FILE);
    leads_to("/opt/up/x", LAYER_FILE);
    leads_to("/../usr/bin/x", LAYER_FILE);
    leads_to("/bin/y", LAYER_SYMLINK); /* not followed at the end */
    leads_nowhere("/bin/z");
    leads_nowhere("/");
    leads_nowhere("/lib/x");
}

static void links_that_go_round(void **state)
{
    (void)state;
    add(0, LAYER_SYMLINK, "a", "b");
    add(0, LAYER_SYMLINK, "b", "a");
    add(0, LAYER_SYMLINK, "c", "c/c");
    leads_nowhere("/a/x");
    leads_nowhere("/c/x");
    leads_to("/a", LAYER_SYMLINK);
}

static void hard_links_are_what_they_lead_to(void **state)
{
    (void)state;
    add(0, LAYER_FILE, "x", "");
    add(1, LAYER_HARDLINK, "y", "./x");
    add(1, LAYER_HARDLINK, "z", "nothing");
    leads_to("/y", LAYER_FILE);
    leads_to("/z", LAYER_SPECIAL);
}

static void whiteouts_remove(void **state)
{
    (void)state;
    add(0, LAYER_FOLDER, "a", "");
    add(0, LAYER_FILE, "a/x", "");
    add(0, LAYER_FILE, "a/y", "");
    add(0, LAYER_FOLDER, "b", "");
    add(0, LAYER_FILE, "b/x", "");
    add(0, LAYER_FILE, "bb", "");
    add(1, LAYER_FILE, "a/.wh.x", "");
    add(1, LAYER_FILE, ".wh.b", "");
    leads_nowhere("/a/x");
    leads_to("/a/y", LAYER_FILE);
    leads_nowhere("/b");
    leads_nowhere("/b/x");
    leads_to("/bb", LAYER_FILE);
    add(2, LAYER_FILE, "a/z", "");
    add(2, LAYER_FILE, "a/.wh..wh..opq", "");
    leads_nowhere("/a/y");
    leads_to("/a/z", LAYER_FILE); /* of the layer itself */
    leads_to("/a", LAYER_FOLDER);
    add(3, LAYER_FILE, "a/x", "");
    leads_to("/a/x", LAYER_FILE);
}

static void a_file_in_the_place_of_a_folder(void **state)
{
    (void)state;
    add(0, LAYER_FOLDER, "a", "");
    add(0, LAYER_FILE, "a/x", "");
    add(1, LAYER_FILE, "a", "");
    leads_to("/a", LAYER_FILE);
    leads_nowhere("/a/x");
}

#define TEST(function) cmocka_unit_test_teardown(function, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(follows_folders_that_are_links),   TEST(links_that_go_round),
        TEST(hard_links_are_what_they_lead_to), TEST(whiteouts_remove),
        TEST(a_file_in_the_place_of_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
