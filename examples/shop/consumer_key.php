<?php
/**
 * Plugin Name: Consumer key
 * Description: A consumer key of the administrator for the example `shop`: WooCommerce has no route that makes one.
 */
add_action('rest_api_init', function () {
    if (!function_exists('wc_api_hash') || !defined('SHOP_KEY') || !defined('SHOP_SECRET')) {
        return;
    }
    global $wpdb;
    $table = $wpdb->prefix . 'woocommerce_api_keys';
    $key = wc_api_hash(SHOP_KEY);
    if (!$wpdb->get_var($wpdb->prepare("SELECT key_id FROM $table WHERE consumer_key = %s", $key))) {
        $wpdb->insert($table, [
            'user_id' => 1,
            'description' => 'the example shop',
            'permissions' => 'read_write',
            'consumer_key' => $key,
            'consumer_secret' => SHOP_SECRET,
            'truncated_key' => substr(SHOP_KEY, -7),
        ]);
    }
});
