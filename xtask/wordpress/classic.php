<?php
// What a classic theme has and a block theme lacks: places for menus.
add_action('after_setup_theme', fn () => register_nav_menus(['primary' => 'Primary menu', 'footer' => 'Footer menu']));
