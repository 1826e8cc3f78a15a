<?php
// Installs WordPress and fills it. What depends on the instance is left to `prepare.php`.
require __DIR__ . '/script.php';
define('WP_INSTALLING', true);
function wp_mail()
{
    return true;
}
require "$site/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/admin.php';

// "Hello world!", its comment, a sample page and a draft come with it.
wp_install('A real WordPress', 'admin', 'admin@example.org', true, '', 'password');
wp_set_current_user(1);
$users = [1];
foreach (['editor', 'author', 'subscriber'] as $role) {
    $name = ucfirst($role);
    $users[] = must(wp_insert_user([
        'user_login' => $role, 'user_pass' => 'password', 'user_email' => "$role@example.org", 'role' => $role,
        'display_name' => "$name User", 'first_name' => $name, 'last_name' => 'User',
    ]), $role);
}

$categories = [];
for ($i = 1; $i <= 6; $i++) {
    $parent = $i > 4 ? $categories[0] : 0;
    $categories[] = must(wp_insert_term("Category $i", 'category', ['parent' => $parent]), 'category')['term_id'];
}
for ($i = 1; $i <= 12; $i++) {
    must(wp_insert_term("Tag $i", 'post_tag'), 'tag');
}

$write = function (array $post): int {
    return must(wp_insert_post($post + ['post_type' => 'post', 'post_status' => 'publish', 'post_author' => 1], true), 'post');
};
$day = fn (int $i): string => gmdate('Y-m-d H:i:s', strtotime('2024-01-01 00:00:00 UTC') + $i * 86400);
$posts = [];
for ($i = 2; $i <= 20; $i++) {
    $posts[] = $write([
        'post_title' => "Post $i", 'post_excerpt' => $i % 5 ? '' : "Excerpt $i", 'post_author' => $users[$i % 3],
        'post_content' => "<!-- wp:paragraph --><p>Body of post $i &amp; more.</p><!-- /wp:paragraph -->",
        'post_date' => $day($i), 'post_date_gmt' => $day($i),
        'post_category' => [$categories[$i % 6]], 'tags_input' => ["Tag " . ($i % 12 + 1), "Tag " . ($i % 5 + 1)],
    ]);
}
foreach (['draft', 'pending', 'private'] as $status) {
    $write(['post_title' => ucfirst($status) . ' post', 'post_content' => $status, 'post_status' => $status]);
}
$write(['post_title' => 'Future post', 'post_content' => 'future', 'post_status' => 'future', 'post_date' => '2099-01-01 00:00:00', 'post_date_gmt' => '2099-01-01 00:00:00']);
$write(['post_title' => 'Protected post', 'post_content' => 'secret body', 'post_password' => 'letmein', 'post_date' => $day(0)]);
wp_trash_post($write(['post_title' => 'Trashed post', 'post_content' => 'trash', 'post_date' => $day(1)]));
for ($i = 1; $i <= 5; $i++) {
    $write(['post_type' => 'page', 'post_title' => "Page $i", 'post_content' => "Page body $i", 'menu_order' => $i]);
}

for ($i = 2; $i <= 15; $i++) {
    wp_insert_comment([
        'comment_post_ID' => $posts[$i % 4], 'comment_author' => "Commenter $i", 'comment_author_email' => "c$i@example.org",
        'comment_content' => "Comment $i", 'comment_approved' => $i % 7 ? 1 : 0, 'comment_date' => $day($i), 'comment_date_gmt' => $day($i),
    ]);
}

// Its address lacks the site's, which WordPress did not know yet when it loaded.
$file = wp_upload_bits('pixel.png', null, base64_decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='));
$media = wp_insert_attachment(['post_title' => 'Pixel', 'post_mime_type' => 'image/png', 'post_status' => 'inherit', 'guid' => WP_HOME . strstr($file['url'], '/wp-content/')], $file['file'], $posts[0], true);
wp_update_attachment_metadata(must($media, 'media'), wp_generate_attachment_metadata($media, $file['file']));

echo "ok\n";
