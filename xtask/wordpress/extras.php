<?php
// What a site can have and a fresh one lacks: places for menus, a font collection of its own, and abilities that write.
add_action('after_setup_theme', fn () => register_nav_menus(['primary' => 'Primary menu', 'footer' => 'Footer menu']));

if (function_exists('wp_register_font_collection')) {
    add_action('init', fn () => wp_register_font_collection('xtask', [
        'name' => 'xtask',
        'font_families' => [['font_family_settings' => ['fontFamily' => 'Plain', 'slug' => 'plain', 'name' => 'Plain']]],
    ]));
}

add_action('wp_abilities_api_categories_init', fn () => wp_register_ability_category('xtask', [
    'label' => 'xtask', 'description' => 'Abilities that write.',
]));
add_action('wp_abilities_api_init', function () {
    $ability = fn ($name, $annotations, $run) => wp_register_ability("xtask/$name", [
        'label' => $name, 'description' => $name, 'category' => 'xtask',
        'input_schema' => ['type' => 'object', 'properties' => ['note' => ['type' => 'string']], 'default' => []],
        'output_schema' => ['type' => 'object', 'properties' => ['note' => ['type' => 'string']]],
        'permission_callback' => fn () => current_user_can('manage_options'),
        'execute_callback' => $run,
        'meta' => ['show_in_rest' => true, 'annotations' => $annotations],
    ]);
    $ability('remember', ['readonly' => false, 'destructive' => false, 'idempotent' => false], function ($input) {
        update_option('xtask_note', $input['note'] ?? '');
        return ['note' => get_option('xtask_note')];
    });
    $ability('forget', ['readonly' => false, 'destructive' => true, 'idempotent' => true], function () {
        $note = get_option('xtask_note', '');
        delete_option('xtask_note');
        return ['note' => $note];
    });
});
