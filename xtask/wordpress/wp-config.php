<?php
// Copied into each site, with the address of its `instance.json`.
$instance = json_decode(file_get_contents('@INSTANCE_JSON@'), true);

// A script of ours is no request.
if (!defined('XTASK_SCRIPT')) {
    require_once $instance['lib'] . '/front.php';
}

foreach ($instance['define'] + [
    'WP_HOME' => $instance['home'],
    'WP_SITEURL' => $instance['home'],
    // Application passwords over http.
    'WP_ENVIRONMENT_TYPE' => 'local',
    'WP_DEBUG' => false,
    'DISABLE_WP_CRON' => true,
    // Nothing leaves the machine.
    'WP_HTTP_BLOCK_EXTERNAL' => true,
    'AUTOMATIC_UPDATER_DISABLED' => true,
    'FS_METHOD' => 'direct',
    // Read by nobody but the installer: the database is SQLite, through the drop-in `wp-content/db.php`.
    'DB_NAME' => 'wordpress', 'DB_USER' => '', 'DB_PASSWORD' => '', 'DB_HOST' => '',
    'DB_CHARSET' => 'utf8mb4', 'DB_COLLATE' => '',
] as $name => $value) {
    defined($name) || define($name, $value);
}
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    foreach (['KEY', 'SALT'] as $kind) {
        defined("{$name}_$kind") || define("{$name}_$kind", hash('sha256', "$name $kind"));
    }
}

$table_prefix = 'wp_';
defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
