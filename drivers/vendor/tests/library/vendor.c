/* A maker's library for tests, with the signatures makers publish. What it does wrong is
 * chosen when it is compiled: CRASH, HANG, OVERRUN, UNDERRUN, NOISY, REFUSE, NOTHING, QUITS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void misbehave(unsigned char *buffer, int length) {
    (void)buffer;
    (void)length;
#ifdef CRASH
    *(volatile int *)8 = 1;
#endif
#ifdef HANG
    for (;;) pause();
#endif
#ifdef SPIN
    for (volatile unsigned long i = 0;; i++) ;
#endif
#ifdef OVERRUN
    ((volatile unsigned char *)buffer)[length] = 0x41;
#endif
#ifdef UNDERRUN
    ((volatile unsigned char *)buffer)[-1] = 0x41;
#endif
#ifdef NOISY
    printf("vendor debug line\n");
    fflush(stdout);
#endif
#ifdef QUITS
    exit(3);
#endif
}

static int done(int good) {
#ifdef REFUSE
    (void)good;
    return -5;
#else
    return good;
#endif
}

/* --- photo */
#define BGR (102 * 126 * 3)
#ifdef MANGLED
int _Z6unpackPcS_i(char *wlt, char *bgr, int save) {
#else
int unpack(char *wlt, char *bgr, int save) {
#endif
    (void)save;
    misbehave((unsigned char *)bgr, 54 + 308 * 126);
    if (memcmp(wlt, "WL", 2) != 0) return 0;
#ifndef NOTHING
#ifdef AS_BMP
    memset(bgr, 0, 54 + 308 * 126);
    memcpy(bgr, "BM", 2);
    for (int y = 0; y < 126; y++)
        for (int x = 0; x < 102; x++) {
            char *p = bgr + 54 + (125 - y) * 308 + x * 3;
            p[0] = (char)x; p[1] = (char)y; p[2] = (char)200;
        }
#else
    for (int y = 0; y < 126; y++)
        for (int x = 0; x < 102; x++) {
            char *p = bgr + (y * 102 + x) * 3;
            p[0] = (char)x; p[1] = (char)y; p[2] = (char)200;
        }
#endif
#endif
    return done(1);
}

int GetBmp(char *file, int interface_) {
    (void)interface_;
    FILE *in = fopen(file, "rb");
    if (!in) return -3;
    char wlt[1024];
    size_t n = fread(wlt, 1, sizeof wlt, in);
    fclose(in);
    if (n != 1024) return -4;
    static char bmp[54 + 308 * 126];
    memcpy(bmp, "BM", 2);
    for (int y = 0; y < 126; y++)
        for (int x = 0; x < 102; x++) {
            char *p = bmp + 54 + (125 - y) * 308 + x * 3;
            p[0] = (char)x; p[1] = (char)y; p[2] = (char)200;
        }
    FILE *out = fopen("zp.bmp", "wb");
    if (!out) return -3;
    fwrite(bmp, 1, sizeof bmp, out);
    fclose(out);
    return 1;
}

/* --- SDT */
static const unsigned char card[2304] = {
#include "card.inc"
};
static int looks;
int SDT_OpenPort(int port) { return port == 1001 ? 0x90 : 0x01; }
int SDT_ClosePort(int port) { (void)port; return 0x90; }
int SDT_GetSAMIDToStr(int port, char *id, int open_) {
    (void)port; (void)open_;
    strcpy(id, "05.01-20260101-0000000007-890102");
    return 0x90;
}
int SDT_StartFindIDCard(int port, unsigned char *iin, int open_) {
    (void)port; (void)open_;
    memset(iin, 0, 4);
#ifdef NO_CARD
    return 0x80;
#endif
    return ++looks < 3 ? 0x80 : 0x9F;
}
int SDT_SelectIDCard(int port, unsigned char *sn, int open_) {
    (void)port; (void)open_;
    memset(sn, 0, 8);
    return 0x90;
}
int SDT_ReadBaseFPMsg(int port, unsigned char *ch, unsigned *chlen, unsigned char *ph, unsigned *phlen,
                      unsigned char *fp, unsigned *fplen, int open_) {
    (void)port; (void)open_;
    memcpy(ch, card, 256); *chlen = 256;
    memcpy(ph, card + 256, 1024); *phlen = 1024;
    memcpy(fp, card + 1280, 1024); *fplen = 1024;
    misbehave(fp, 1024);
    return done(0x90);
}

/* --- CVR */
int CVR_InitComm(const char *path, int protocol) { (void)path; return protocol == 1; }
int CVR_CloseComm(void) { return 1; }
int CVR_Authenticate(void) { return 1; }
int CVR_Read_Content(int active) { (void)active; return 1; }
static int give(char *out, int *len, const char *text) {
    misbehave((unsigned char *)out, *len);
    int n = (int)strlen(text);
    memcpy(out, text, n + 1);
    *len = n;
    return done(1);
}
int GetPeopleName(char *s, int *n) { return give(s, n, "\xB3\xC2\xBD\xA8\xB9\xFA"); } /* GBK */
int GetPeopleSex(char *s, int *n) { return give(s, n, "男"); }
int GetPeopleNation(char *s, int *n) { return give(s, n, "汉"); }
int GetPeopleBirthday(char *s, int *n) { return give(s, n, "1978-03-15"); }
int GetPeopleAddress(char *s, int *n) { return give(s, n, "示范省示范市城东区中山街道"); }
int GetPeopleIDCode(char *s, int *n) { return give(s, n, "890102197803150113"); }
int GetDepartment(char *s, int *n) { return give(s, n, "示范市公安局城东分局"); }
int GetStartDate(char *s, int *n) { return give(s, n, "2018.04.02"); }
int GetEndDate(char *s, int *n) { return give(s, n, "2038.04.02"); }

/* --- GA/T 1011, GA/T 1012 */
int LIVESCAN_Init(void) { return 1; }
int LIVESCAN_Close(void) { return 1; }
int LIVESCAN_GetMaxImageSize(int ch, int *w, int *h) { (void)ch; *w = 256; *h = 360; return 1; }
int LIVESCAN_BeginCapture(int ch) { (void)ch; return 1; }
int LIVESCAN_EndCapture(int ch) { (void)ch; return 1; }
int LIVESCAN_GetFPRawData(int ch, unsigned char *raw) {
    (void)ch;
#ifdef NO_CARD
    return -1;
#endif
    for (int y = 0; y < 360; y++)
        for (int x = 0; x < 256; x++) raw[y * 256 + x] = ((x + y / 2) / 5) % 2 ? 40 : 220;
    misbehave(raw, 256 * 360);
    return done(1);
}
int FP_Begin(void) { return 1; }
int FP_End(void) { return 1; }
int FP_GetQualityScore(unsigned char *img, unsigned char *score) {
    (void)img;
#ifdef POOR
    *score = 12;
#else
    *score = 83;
#endif
    return 1;
}
int FP_ImageMatch(unsigned char *img, unsigned char *feat, float *score) {
    *score = img[0] == feat[0] ? 0.93f : 0.11f;
    misbehave(feat, 512);
    return done(1);
}
