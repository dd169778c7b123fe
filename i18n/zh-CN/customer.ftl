# 客户屏（申请人一侧）。
customer-welcome = 欢迎办理业务
customer-welcome-body = 请将身份证放在感应区
customer-served-by = 为您服务：{ $number } 号
customer-confirm-title = 请核对工作人员录入的内容
customer-confirm-ok = 内容无误
customer-confirm-wrong = 有不对的地方
customer-sign = 请签名确认
customer-finger = 请按指纹
customer-face = 请看摄像头
customer-consent = 请阅读并选择是否同意
customer-pay = 请扫码支付 { $amount } 元
customer-rate = 请为本次服务评价
customer-paused = 窗口暂停服务，请稍候
customer-thanks = 感谢您的配合
customer-waiting = 工作人员正在录入，请稍候
customer-private = 请注意遮挡，屏幕上有您的个人信息
