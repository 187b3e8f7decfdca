// What menuconfig of ESP-IDF would write.
