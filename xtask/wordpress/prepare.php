<?php
// Makes a seeded copy the site that `instance.json` describes, and leaves what it found in `facts.json`.
require __DIR__ . '/script.php';
require "$site/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/admin.php';

// The seed was made for another address.
$seeded = $wpdb->get_var("SELECT option_value FROM $wpdb->options WHERE option_name = 'home'");
$wpdb->query($wpdb->prepare("UPDATE $wpdb->posts SET guid = REPLACE(guid, %s, %s)", $seeded, $instance['home']));
$wpdb->query($wpdb->prepare("UPDATE $wpdb->users SET user_url = %s WHERE ID = 1", $instance['home']));
$wpdb->query($wpdb->prepare("UPDATE $wpdb->options SET option_value = %s WHERE option_name IN ('home', 'siteurl')", $instance['home']));
wp_cache_flush();

wp_set_current_user(1);
foreach ($instance['plugins'] as $directory) {
    $files = array_keys(get_plugins("/$directory"));
    $files || die("$directory has no file with a plugin's header\n");
    must(activate_plugin("$directory/$files[0]"), "the plugin $directory could not be activated");
}

$wp_rewrite->set_permalink_structure($instance['structure']);
flush_rewrite_rules(false);

$app_password = function (string $login): string {
    $id = get_user_by('login', $login)->ID;
    [$password] = must(WP_Application_Passwords::create_new_application_password($id, ['name' => 'xtask']), 'application password');
    return WP_Application_Passwords::chunk_password($password);
};
// With the plugin Two Factor, one user needs a code as well.
$two_factor_user = null;
if (class_exists('Two_Factor_Core')) {
    $two_factor_user = 'author';
    $id = get_user_by('login', $two_factor_user)->ID;
    update_user_meta($id, '_two_factor_totp_key', 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
    update_user_meta($id, '_two_factor_enabled_providers', ['Two_Factor_Totp']);
    update_user_meta($id, '_two_factor_provider', 'Two_Factor_Totp');
}
file_put_contents($instance['facts'], json_encode([
    'wp' => $wp_version, 'php' => PHP_VERSION,
    'app_password' => $app_password('admin'), 'subscriber_app_password' => $app_password('subscriber'),
    'two_factor_user' => $two_factor_user,
]));
echo "ok\n";
