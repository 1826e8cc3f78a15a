<?php
/**
 * Plugin Name: Books
 * Description: A post type with a taxonomy and two meta fields, for the example `custom_type`.
 */
add_action('init', function () {
    register_post_type('book', [
        'label' => 'Books',
        'public' => true,
        'show_in_rest' => true,
        'rest_base' => 'books',
        'supports' => ['title', 'editor', 'custom-fields', 'revisions', 'author'],
        'taxonomies' => ['genre'],
    ]);
    register_taxonomy('genre', 'book', ['label' => 'Genres', 'show_in_rest' => true, 'rest_base' => 'genres']);
    // Without this, WordPress ignores a meta field that a client sends.
    register_post_meta('book', 'isbn', ['type' => 'string', 'single' => true, 'show_in_rest' => true]);
    register_post_meta('book', 'pages', ['type' => 'integer', 'single' => true, 'show_in_rest' => true]);
});
