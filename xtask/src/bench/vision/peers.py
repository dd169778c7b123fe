"""Pages by OpenCV, lean by deskew and unpaper, text by tesseract. Argument: job.json.

One line of JSON a task: what was found and CPU milliseconds of the thread or the program that was started.
"""
import json
import resource
import subprocess
import sys
import time

import cv2
import numpy as np
from deskew import determine_skew

cv2.setNumThreads(1)


def told(**what):
    print(json.dumps(what), flush=True)


def program(*words):
    """Runs a program; its CPU milliseconds and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(words, capture_output=True, check=True, env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu * 1e3, out.stdout.decode("utf-8", "replace")


def page(file):
    """The document scanner of the tutorials: edges at 500 pixels, largest contour of four corners, warp, binarise."""
    picture = cv2.imread(file)
    ratio = picture.shape[0] / 500.0
    small = cv2.resize(picture, (int(picture.shape[1] / ratio), 500), interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0)
    edges = cv2.dilate(cv2.Canny(grey, 75, 200), np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    quad = None
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:5]:
        corners = cv2.approxPolyDP(contour, 0.02 * cv2.arcLength(contour, True), True)
        if len(corners) == 4:
            quad = corners.reshape(4, 2) * ratio
            break
    if quad is None:
        return None
    total, difference = quad.sum(axis=1), np.diff(quad, axis=1).ravel()
    order = [total.argmin(), difference.argmin(), total.argmax(), difference.argmax()]
    quad = quad[order].astype(np.float32)
    wide = int(max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])))
    high = int(max(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1])))
    to = np.array([[0, 0], [wide - 1, 0], [wide - 1, high - 1], [0, high - 1]], np.float32)
    upright = cv2.warpPerspective(picture, cv2.getPerspectiveTransform(quad, to), (wide, high))
    grey = cv2.cvtColor(upright, cv2.COLOR_BGR2GRAY)
    clean = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 21, 15)
    cv2.imencode(".jpg", clean, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return quad.tolist()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    for task in job["outlines"]:
        before = time.thread_time()
        corners = page(task["jpeg"])
        told(peer="opencv-python", name=task["name"], corners=corners, cpu_ms=(time.thread_time() - before) * 1e3)
    for task in job["leans"]:
        grey = cv2.imread(task["png"], cv2.IMREAD_GRAYSCALE)
        for peer, options in (("deskew", {}), ("deskew 0.1", {"min_deviation": 0.1, "min_angle": -6, "max_angle": 6})):
            before = time.thread_time()
            angle = determine_skew(grey, **options)
            cpu = (time.thread_time() - before) * 1e3
            told(peer=peer, name=task["name"], lean=None if angle is None else float(angle), cpu_ms=cpu)
        cpu, _ = program("unpaper", "--overwrite", "--layout", "single", task["pgm"], task["pgm"] + ".out.pgm")
        cv2.imwrite(task["png"] + ".unpaper.png", cv2.imread(task["pgm"] + ".out.pgm", cv2.IMREAD_GRAYSCALE))
        told(peer="unpaper", name=task["name"], file=task["png"] + ".unpaper.png", cpu_ms=cpu)
    for task in job["texts"]:
        cpu, text = program("tesseract", task["jpeg"], "-", "-l", "chi_sim", "--psm", "6", "--dpi", "200")
        told(peer="tesseract", name=task["name"], text=text, cpu_ms=cpu)


main()
