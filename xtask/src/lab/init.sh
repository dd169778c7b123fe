#!/bin/sh
# First process of the lab's guest: file systems, then the suites, then power off.
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin:/usr/sbin:/sbin HOME=/out LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
for module in virtio_pci 9p 9pnet_virtio; do modprobe $module; done
nine="trans=virtio,version=9p2000.L,msize=262144"
mount -t 9p -o $nine,ro,cache=loose usr /usr
mount -t 9p -o $nine,ro,cache=loose share /share
mount -t 9p -o $nine out /out
ln -s /share/programs /programs
ip link set lo up
# What follows the kernel's own words on its command line is in the environment of this process.
export TONGBAN_LONG="$LAB_LONG"
[ -n "$TONGBAN_LONG" ] || unset TONGBAN_LONG
/programs/tongban-lab guest "$LAB_PART" $(echo "$LAB_SUITES" | tr , ' ')
echo $? > /out/code
sync
poweroff -f
