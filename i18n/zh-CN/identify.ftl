# 刷卡、登录、代办、未成年人。
identify-title = 请验证身份
identify-card = 请将身份证平放在感应区
identify-card-hint = 保持不动，约 2 秒即可
identify-reading = 正在读卡，请勿移动
identify-lift = 请拿起身份证，再平放一次
identify-done = 读取成功
identify-hello = { $name }，您好
identify-take-back = 请取回身份证
identify-other = 其他方式
identify-foreign = 外国人永久居留身份证
identify-hmt = 港澳台居民居住证
identify-qr = 电子身份证扫码
identify-number = 输入证件号码
identify-number-label = 证件号码
identify-number-hint = 18 位，末位可能是 X
identify-field-name = 姓名
identify-field-sex = 性别
identify-field-nation = 民族
identify-field-birth = 出生日期
identify-field-address = 住址
identify-field-number = 证件号码
identify-field-issuer = 签发机关
identify-field-validity = 有效期限
identify-validity-long = 长期
identify-expired-title = 您的证件已过有效期
identify-expired-body = 可以查询进度和领取结果；申请办理请先换领证件，或到人工窗口。
identify-self = 为本人办理
identify-firm = 为企业办理
identify-agent = 替他人办理
identify-agent-body = 请先刷代办人的身份证，再出示授权委托书。
identify-minor-title = 未满 18 周岁，请监护人一同办理
identify-minor-body = 请监护人刷身份证，系统会核对监护关系。
identify-guardian = 监护人
identify-firm-title = 请选择企业
identify-firm-role = 您的身份：{ $role }
identify-firm-none = 没有查到您名下的企业
identify-firm-code = 统一社会信用代码
identify-three-fails = 多次未读到证件
identify-three-fails-body = 请换一台设备，或按“帮助呼叫”请工作人员协助。
identify-simulated = 模拟证件

# 授权与告知
consent-title = 授权与告知
consent-intro = 办理前，请阅读以下内容。您可以只同意其中一部分。
consent-notice-title = 个人信息处理告知
consent-notice-body =
    为办理您选择的事项，{ $office } 将处理您的姓名、证件号码、住址、联系方式和本事项所需的材料信息。
    信息仅用于本次办理，按档案管理规定保存，不作他用。
    您有权查阅、复制、更正您的信息，也可以查看谁在何时查询过。
consent-share-title = 同意查询部门共享信息
consent-share-body = 由部门共享的材料您无需提交。不同意时，请自备相应材料。
consent-face-title = 同意使用人脸信息核验身份
consent-face-body = 只在本机比对，用后即删，不上传照片。您也可以选择指纹或人工核验，办理结果没有差别。
consent-evidence-title = 同意保存核验影像作为凭证
consent-evidence-body = 默认不保存。仅在您同意后加密留存 { $days } 天，供争议时查证。
consent-guardian = 监护人代为同意
consent-version = 告知书版本 { $version }
consent-agree = 同意并继续
consent-decline = 不同意
consent-declined-title = 您未同意必要的告知
consent-declined-body = 没有必要的信息无法办理本事项。您可以到人工窗口了解其他方式。
consent-withdraw = 撤回同意
